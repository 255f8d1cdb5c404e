/** The client as a page gets it: what is built, bundled by vite. */
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const ENTRY = `${ROOT}dist/src/client.js`;

/** Bundles dist/src/client.js for browsers, in modules as an application does, or as one script. What vite cannot resolve, or warns of, is an error. */
export async function bundleClient(format: 'modules' | 'script'): Promise<readonly Rollup.OutputChunk[]> {
  const onwarn = ({ message }: { message?: string }): never => {
    throw new Error(message);
  };
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      modulePreload: false,
      ...(format === 'script'
        ? { lib: { entry: ENTRY, formats: ['iife'], name: 'Tacit' }, rolldownOptions: { onwarn } }
        : { rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict', onwarn } }),
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !('output' in output)) throw new Error('expected a bundle');
  return output.output.filter((part) => part.type === 'chunk');
}

/** What is loaded with the entry: its chunk, and those that it imports at once. */
export function loadedAtOnce(chunks: readonly Rollup.OutputChunk[]): Rollup.OutputChunk[] {
  const reached = new Set<Rollup.OutputChunk>();
  const reach = (chunk: Rollup.OutputChunk): void => {
    if (reached.has(chunk)) return;
    reached.add(chunk);
    for (const name of chunk.imports) reach(chunks.find(({ fileName }) => fileName === name)!);
  };
  reach(chunks.find(({ isEntry }) => isEntry)!);
  return [...reached];
}
