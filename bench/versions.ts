/** Versions of the packages that a report rests on. @module */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', 'node-seal', 'webgpu', 'ws'];

/** By name, those that are installed; tacit is this checkout's. */
export function versionsOf(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versions: Record<string, string> = { tacit: own() };
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
function own(): string {
  const at = (path: string): string | undefined => versionIn(new URL(path, import.meta.url));
  return at('../package.json') ?? at('../../package.json') ?? 'unknown';
}

function versionIn(path: string | URL): string | undefined {
  try {
    return String((JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }).version);
  } catch {
    return undefined;
  }
}
