/**
 * The processes, each with what it loads in few files instead of a file a module, which takes most of a start. `npm run build` runs it
 * after the compiler, whose entries it replaces; the library stays as the compiler leaves it.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Packages that a start needs. Others are loaded from their own place when they are needed. */
const BUNDLED = ['@noble/curves', '@noble/hashes', 'cli-progress', 'commander', 'msgpackr', 'zod'];

/** A module in a bundle. Each change stays within its line, so that the source map stays right. */
const moved = {
  name: 'moved',
  transform(code, id) {
    if (!id.startsWith(ROOT) || id.includes('node_modules')) return null;
    // a module names files by where the compiler leaves it; bundles are as deep below dist: dist/FOLDER/FILE
    const place = `new URL('../${id.slice(ROOT.length).replace(/\.ts$/, '.js')}', import.meta.url).href`;
    // tfjs is CommonJS, which Node's import first searches for names: 0.3 s, where require takes 0.05
    const required = "Promise.resolve(process.getBuiltinModule('module').createRequire(import.meta.url)($1))";
    const changed = code
      .replaceAll('import.meta.url', place)
      .replaceAll(/\bimport\((['"]@tensorflow\/[^'"]+['"])\)/g, required);
    return changed === code ? null : { code: changed, map: null };
  },
};

/** @param entry below parties @param codeSplitting whether what the entry loads later is a file of its own */
async function bundle(entry, codeSplitting) {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [moved],
    resolve: { alias: { '#platform': `${ROOT}src/platform/node.ts`, '#links': `${ROOT}src/transport/links.ts` } },
    ssr: { noExternal: BUNDLED },
    build: {
      ssr: `parties/${entry}.ts`,
      outDir: 'dist',
      emptyOutDir: false,
      target: 'node20',
      sourcemap: true,
      license: { fileName: `parties/${entry}.licenses.md` },
      rolldownOptions: {
        output: { entryFileNames: 'parties/[name].js', chunkFileNames: 'chunks/[name].js', codeSplitting },
      },
    },
  });
}

rmSync(`${ROOT}dist/chunks`, { recursive: true, force: true });
await bundle('main', true);
// a party needs nearly all that it may load
await bundle('child', false);
