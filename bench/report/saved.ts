/** A report's JSON, checked when it is read. @module */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TacitError } from '../../src/core/errors.js';
import type { HeFigures } from '../he/measure.js';
import {
  type AccuracyRow,
  type LayerRow,
  type LinkCheck,
  type Machine,
  RESULTS_VERSION,
  type Results,
  type Row,
  type Series,
} from '../results.js';

const phases = z.object({ offline: z.number(), online: z.number() });

const row: z.ZodType<Row> = z.object({
  key: z.string(),
  network: z.string(),
  technique: z.enum(['plain', 'he', 'mpc']),
  name: z.string(),
  detail: z.string(),
  trust: z.string(),
  link: z.enum(['none', 'lan', 'wan']),
  batch: z.number(),
  ms: phases,
  bytes: z.object({ setup: z.number(), offline: z.number(), online: z.number(), client: z.number() }),
  rounds: z.number().nullable(),
  peakMemoryBytes: z.number(),
  exact: z.boolean().nullable(),
  passes: z.number(),
  warmPasses: z.number(),
  extrapolated: z.boolean(),
  note: z.string().exactOptional(),
});

const accuracy: z.ZodType<AccuracyRow> = z.object({
  key: z.string(),
  network: z.string(),
  technique: z.enum(['plain', 'he', 'mpc', 'fixed']),
  name: z.string(),
  images: z.number(),
  accuracy: z.number(),
  agreement: z.number().nullable(),
  exactImages: z.number().nullable(),
  note: z.string().exactOptional(),
});

const layer: z.ZodType<LayerRow> = z.object({
  network: z.string(),
  mode: z.string(),
  layer: z.string(),
  kind: z.string(),
  batch: z.number(),
  work: z.number(),
  ms: phases,
  bytes: phases,
  passes: z.number(),
  exact: z.boolean(),
});

const costs = { ms: z.number(), bytes: z.number(), memoryBytes: z.number().optional() };

const series: z.ZodType<Series> = z.object({
  key: z.string(),
  unit: z.string(),
  name: z.string(),
  mode: z.string(),
  points: z.array(z.object({ x: z.number(), ...costs })).min(1),
  slopes: z.object(costs).nullable(),
  exact: z.boolean(),
});

const rates = z.object({ roundTripMs: z.number(), megabits: z.number() });
const link: z.ZodType<LinkCheck> = z.object({ name: z.string(), nominal: rates, measured: rates });

const machine: z.ZodType<Machine> = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  node: z.string(),
  platform: z.string(),
  gpu: z.string(),
});

const he: z.ZodType<HeFigures> = z.object({
  packing: z.enum(['cryptonets', 'lola']),
  library: z.string(),
  parameters: z.object({
    degree: z.number(),
    coefficientBits: z.number(),
    freshBits: z.number(),
    plainModuli: z.array(z.string()),
    securityBits: z.number(),
  }),
  batch: z.number(),
  threads: z.number(),
  passes: z.number(),
  warmPasses: z.number(),
  ms: z.object({
    keys: z.number(),
    serverSetup: z.number(),
    encrypt: z.number(),
    server: z.number(),
    decrypt: z.number(),
  }),
  serverParts: z.record(z.string(), z.number()),
  sample: z.number(),
  extrapolated: z.boolean(),
  bytes: z.object({ keys: z.number(), upload: z.number(), download: z.number() }),
  noiseBudgetBits: z.number(),
  images: z.number(),
  exactImages: z.number(),
  accuracy: z.number().nullable(),
  agreement: z.number().nullable(),
  integers: z.object({ accuracy: z.number(), agreement: z.number() }).nullable(),
  floatAccuracy: z.number().nullable(),
  peakMemoryBytes: z.number(),
});

const results: z.ZodType<Results> = z.object({
  version: z.literal(RESULTS_VERSION),
  made: z.string(),
  seconds: z.number(),
  command: z.string(),
  machine,
  versions: z.record(z.string(), z.string()),
  rows: z.array(row),
  accuracy: z.array(accuracy),
  layers: z.array(layer),
  scaling: z.array(series),
  links: z.array(link),
  he: z.array(he),
  absent: z.array(z.object({ what: z.string(), why: z.string() })),
});

/** The text of a report's JSON, its fields in one order: what is drawn again from it is the same file. */
export function savedText(report: Results): string {
  return `${JSON.stringify(results.parse(report), null, 1)}\n`;
}

/** @throws USAGE where the file cannot be read, BAD_INPUT where it is not a report's JSON of this version */
export async function readResults(path: string): Promise<Results> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const came = cause.code ?? 'an error';
    throw new TacitError('USAGE', `expected to read ${path}, got ${came}. Run: tacit bench report`, { cause });
  });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    const message = `expected JSON in ${path}, got text that does not parse. Give a report.json of tacit bench report`;
    throw new TacitError('BAD_INPUT', message, { cause });
  }
  const parsed = results.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new TacitError(
    'BAD_INPUT',
    `expected a report's JSON of version ${RESULTS_VERSION} at ${path}, got other content. Give a report.json of tacit bench report`,
  );
}
