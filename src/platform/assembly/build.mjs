/** Compiles aes.ts and writes it, as text, to ../aes-code.ts: `npm run build:aes`. A test compares. @module */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('aes.ts', import.meta.url);
const TARGET = new URL('../aes-code.ts', import.meta.url);
const OPTIONS =
  '--enable simd --optimizeLevel 3 --shrinkLevel 0 --converge --noAssert --runtime stub --initialMemory 2 --maximumMemory 2';

/** The text of aes-code.ts. */
export async function aesCode() {
  const written = new Map();
  const { error, stderr } = await asc.main(['aes.ts', '--outFile', 'aes.wasm', ...OPTIONS.split(' ')], {
    readFile: (name) => (name === 'aes.ts' ? readFileSync(SOURCE, 'utf8') : null),
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  const lines = Buffer.from(written.get('aes.wasm'))
    .toString('base64')
    .match(/.{1,108}/g);
  return `/** assembly/aes.ts, compiled: so that a page has it at once, without a request. Made by \`npm run build:aes\`. @module */

export const AES_CODE: string =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await aesCode());
