/** Packages of npm in a folder of their own, and models in the form that Tacit reads. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const MODULE = '.min.js';

/**
 * Unpacks packages, without their dependencies (some are not on npm) and without running any of their scripts.
 *
 * @param packages name to version and integrity; throws where npm has other bytes
 */
export async function unpack(packages, folder) {
  const wanted = Object.entries(packages).map(([name, { version }]) => `${name}@${version}`);
  const flags = ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const packed = JSON.parse(execFileSync('npm', [...flags, ...wanted], { cwd: folder, encoding: 'utf8' }));
  for (const { name, filename, integrity } of packed) {
    const expected = packages[name].integrity;
    if (integrity !== expected) throw new Error(`${name}: expected a package of ${expected}, got ${integrity}`);
    await mkdir(join(folder, name), { recursive: true });
    execFileSync('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', join(folder, name)]);
  }
}

/** The path of a model. nsfwjs has its models as modules, of JSON and of base64: they are unpacked. */
export async function modelPath(folder, { from, model }) {
  const modules = join(folder, from, 'dist/models', model);
  if (!existsSync(join(modules, `model${MODULE}`))) return join(folder, from, model);
  const to = join(folder, model);
  await mkdir(to, { recursive: true });
  for (const file of (await readdir(modules)).filter((name) => name.endsWith(MODULE))) {
    const name = file.slice(0, -MODULE.length);
    const content = require(join(modules, file));
    if (name === 'model') await writeFile(join(to, 'model.json'), JSON.stringify(content));
    else await writeFile(join(to, name), Buffer.from(content, 'base64'));
  }
  return join(to, 'model.json');
}
