/** Versions of what a report rests on: this checkout and the packages. @module */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { commitOf } from './commit.js';

const PACKAGES = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'node-seal',
  'webgpu',
];

/** By name, those that are installed; tacit is this checkout's, with its commit where there is a repository. */
export function versionsOf(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const root = rootFolder();
  const commit = commitOf(root);
  const versions: Record<string, string> = {
    tacit: versionIn(`${root}package.json`) ?? 'unknown',
    ...(commit === undefined ? {} : { commit }),
  };
  for (const name of PACKAGES) {
    for (const folder of require.resolve.paths(name) ?? []) {
      const version = versionIn(`${folder}/${name}/package.json`);
      if (version === undefined) continue;
      versions[name] = version;
      break;
    }
  }
  return versions;
}

/** Of the package: one level up from the source, two from dist. */
function rootFolder(): string {
  const above = fileURLToPath(new URL('../', import.meta.url));
  return existsSync(`${above}package.json`) ? above : fileURLToPath(new URL('../../', import.meta.url));
}

function versionIn(path: string): string | undefined {
  try {
    return String((JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }).version);
  } catch {
    return undefined;
  }
}
