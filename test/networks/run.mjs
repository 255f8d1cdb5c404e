#!/usr/bin/env node
/**
 * Runs networks that others trained and published on npm, with three parties, and prints a table: `npm run test:models`.
 *
 *   --only NAME,NAME   these alone, by parts of their names
 *   --network NET      links between parties as `tacit infer` has them (default none)
 *
 * Packages are unpacked in a temporary folder. Exits with 1 where a network is refused, or its outputs are not what they should be.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { photoImages, textImages } from './images.mjs';
import { NETWORKS, PACKAGES } from './networks.mjs';
import { modelPath, unpack } from './packages.mjs';
import { heading, holds, row } from './table.mjs';

const MAIN = fileURLToPath(new URL('../../dist/parties/main.js', import.meta.url));
/** How long parties wait for each other: large layers take a while. */
const TIMEOUT_S = 600;

const { values } = parseArgs({
  options: { only: { type: 'string' }, network: { type: 'string', default: 'none' } },
});
const parts = values.only?.split(',') ?? [''];
const networks = NETWORKS.filter(({ name }) => parts.some((part) => name.toLowerCase().includes(part.toLowerCase())));
if (networks.length === 0) throw new RangeError(`--only: expected parts of names, got ${values.only}`);

const folder = await mkdtemp(join(tmpdir(), 'tacit-networks-'));
try {
  await unpack(PACKAGES, folder);
  console.log(heading(`three parties on this machine, --network ${values.network}`));
  let held = 0;
  for (const network of networks) {
    const start = performance.now();
    const report = await infer(await callOf(network));
    console.log(row(network, report, (performance.now() - start) / 1000));
    if (holds(report)) held++;
  }
  console.log(`\n${held} of ${networks.length} hold`);
  process.exitCode = held === networks.length ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function callOf(network) {
  const { images, flags } = network;
  const { input, calibrate } =
    'photo' in images
      ? await photoImages(join(folder, images.from, images.photo), folder)
      : await textImages(images, folder);
  const common = ['--parties', '3', '--resize', '--network', values.network, '--timeout', `${TIMEOUT_S}`, '--json'];
  return [
    'infer',
    await modelPath(folder, network),
    ...flags,
    ...common,
    '--input',
    input,
    '--calibrate',
    ...calibrate,
  ];
}

/** What the command says, be it a result or an error. */
function infer(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.once('error', reject);
    child.once('close', () => resolve(JSON.parse(out)));
  });
}
