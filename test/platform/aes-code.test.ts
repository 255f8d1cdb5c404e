import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { AES_CODE } from '../../src/platform/aes-code.js';

it('the AES that pages run is what its source compiles to', () => {
  const build = new URL('../../src/platform/assembly/build.mjs', import.meta.url).href;
  const script = `const { aesCode } = await import(${JSON.stringify(build)}); process.stdout.write(await aesCode());`;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
  expect([...text.matchAll(/'(.*)'/g)].map(([, line]) => line).join('')).toBe(AES_CODE);
});
