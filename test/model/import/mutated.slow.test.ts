/** Files of each format with something changed; FUZZ gives how many. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TacitError } from '../../../src/core/errors.js';
import { loadModel } from '../../../src/model/load.js';
import { MORE_NETWORKS } from '../more-networks.js';
import { NETWORKS } from '../networks.js';
import { random, save } from '../support.js';
import { graphModels } from './graph-maker.js';
import { mutatedBytes, mutatedJson } from './mutations.js';
import { randomGraph } from './onnx/random-graphs.js';
import { bytesOf } from './onnx/support.js';

const COUNT = Number(process.env.FUZZ ?? 150);
const FIRST = Number(process.env.FUZZ_FIRST ?? 1);
/** Of the processor's time: what takes longer does not end. */
const MOST_MS = 20_000;
const MOST_BYTES = 1.5 * 2 ** 30;

type Below = (count: number) => number;
type Files = Readonly<Record<string, Uint8Array>>;

interface Web {
  readonly json: unknown;
  readonly bytes: Uint8Array;
}

function mutatedWeb({ json, bytes }: Web, below: Below): Files {
  const text = new TextEncoder().encode(JSON.stringify(json));
  switch (below(4)) {
    case 0:
      return { 'model.json': mutatedBytes(text, below), 'weights.bin': bytes };
    case 1:
      return { 'model.json': text, 'weights.bin': mutatedBytes(bytes, below) };
    default:
      return { 'model.json': mutatedJson(json, below), 'weights.bin': bytes };
  }
}

const layersModels = Object.values({ ...NETWORKS, ...MORE_NETWORKS });

const FORMATS: Readonly<Record<string, (seed: number, below: Below) => Promise<Files>>> = {
  LayersModels: async (seed, below) => mutatedWeb(await save(layersModels[below(layersModels.length)]!(), seed), below),
  GraphModels: async (_, below) => {
    const models = graphModels();
    return mutatedWeb(models[below(models.length)]!, below);
  },
  ONNX: async (seed, below) => {
    const { model } = await randomGraph(seed, () => undefined);
    return { 'model.onnx': mutatedBytes(bytesOf(model), below) };
  },
};

describe.each(Object.entries(FORMATS))('%s with something changed', (_, mutated) => {
  test('are graphs, or are refused in one line, with a code, soon and in bounded memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tacit-mutated-'));
    const counts = new Map<string, number>();
    const faults: string[] = [];
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const next = random(seed);
      const files = await mutated(seed, (count) => Math.floor(next() * count));
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
      const start = process.cpuUsage();
      const outcome = await loadModel(join(folder, Object.keys(files)[0]!)).then(
        () => 'accepted',
        (error: unknown) => error,
      );
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > MOST_MS) faults.push(`seed ${seed}: ${took} ms`);
      if (process.memoryUsage().rss > MOST_BYTES) faults.push(`seed ${seed}: ${process.memoryUsage().rss} bytes`);
      const fault = outcome === 'accepted' ? undefined : faultOf(outcome);
      if (fault !== undefined) faults.push(`seed ${seed}: ${fault}`);
      const kind = outcome instanceof TacitError ? outcome.code : String(outcome).slice(0, 60);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    console.info([...counts].map((entry) => entry.join(' ')).join(', '));
    expect(faults).toEqual([]);
  }, 3_600_000);
});

/** What is wrong with a refusal. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof TacitError)) return error instanceof Error ? error.stack : String(error);
  const { code, message } = error;
  if (!['BAD_MODEL', 'UNSUPPORTED_LAYER', 'BAD_VALUE'].includes(code)) return `${code}: ${message}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  return /^[^\u0000-\u001f\u007f]{1,1000}$/.test(message) ? undefined : `${code}: ${JSON.stringify(message)}`;
}
