/** What --json prints, field by field: the contract. */
import { z } from 'zod';
import type { DemoReport } from '../../../parties/cli/demo.js';
import type { PlanReport } from '../../../parties/cli/plan-report.js';
import type { PrepareReport } from '../../../parties/cli/prepare-report.js';
import type { InferReport } from '../../../parties/cli/report.js';
import type { ListReport, PruneReport, VerifyReport } from '../../../parties/cli/store.js';
import type { Reveal } from '../../../src/core/trust.js';
import { ASSUMED } from '../../../src/plan/rates.js';

const count = z.number().int().nonnegative();
const ms = z.number().positive();
const twoParties = z.strictObject({ 'dealer->0': count, 'dealer->1': count, '0->1': count, '1->0': count });
const threeParties = z.strictObject({
  '0->1': count,
  '0->2': count,
  '1->0': count,
  '1->2': count,
  '2->0': count,
  '2->1': count,
});
const traffic = z.union([twoParties, threeParties]);
const phase = { ms, rounds: count.positive(), bytes: traffic, predictedBytes: traffic };
/** Of a phase that a store may have spared, or that three parties do not have. */
const sparedPhase = { ms: z.number().nonnegative(), rounds: count, bytes: traffic, predictedBytes: traffic };
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const range = z.strictObject({ low: z.number(), high: z.number() });

const model = z.strictObject({ name: z.string().min(1), digest, parameters: count, linearMacs: count, relus: count });
const security = z.literal('semi-honest');
const reveal = z.custom<Reveal>((value) => /^(logits|label|top:[1-9]\d*)$/.test(String(value)));
const trust = z.union([
  z.strictObject({ parties: z.literal(2), preprocessing: z.enum(['dealer', 'ot', 'he']), security, reveal }),
  z.strictObject({ parties: z.literal(3), preprocessing: z.literal('none'), security, reveal }),
]);
const fixedPoint = z.strictObject({
  ringBits: z.union([z.literal(32), z.literal(64)]),
  activationFractionBits: count,
  weightFractionBits: count,
  guaranteed: z.boolean(),
  headroomBits: z.number().int(),
  saturated: count,
  tolerance: z.number().positive(),
  predictedError: z.number().nonnegative(),
  observedError: z.number().nonnegative(),
  worstError: z.number().nonnegative(),
  sample: z.strictObject({
    source: z.enum(['calibration', 'drawn']),
    count: count.positive(),
    agreement: z.number().min(0).max(1),
  }),
});

const pixels = z
  .strictObject({ scale: z.number().positive(), mean: z.array(z.number()).min(1), std: z.array(z.number()).min(1) })
  .nullable();
const notes = z.array(
  z.strictObject({ kind: z.enum(['applied', 'hint']), text: z.string(), count: count.positive(), first: z.string() }),
);

const kernelMemory = z.strictObject({ bytes: count.positive(), step: z.string() });
const need = z.strictObject({ memoryBytes: count.positive(), bundleBytes: count, modelBytes: count });
const needs = z.union([
  z.strictObject({ party0: need, party1: need, party2: need }),
  z.strictObject({ party0: need, party1: need, dealer: need }),
  z.strictObject({ party0: need, party1: need }),
]);

const inferFields = {
  model,
  trust,
  fixedPoint,
  inputRange: range,
  pixels,
  notes,
  network: z.strictObject({ name: z.string(), roundTripMs: z.number(), megabits: z.number() }).nullable(),
  batch: count.positive(),
  passes: count.positive(),
  outputs: z
    .array(
      z.strictObject({
        name: z.string(),
        kind: z.enum(['outputs', 'logits', 'labels']),
        shape: z.array(count),
        data: z.array(z.number()),
      }),
    )
    .min(1),
  labels: z
    .array(
      z.array(z.strictObject({ index: count, name: z.string(), probability: z.number().min(0).max(1).nullable() })),
    )
    .nullable(),
  check: z
    .strictObject({
      bitIdentical: z.boolean(),
      maxAbsErrorVsFloat: z.number().nonnegative().nullable(),
      outputErrors: z.array(z.strictObject({ name: z.string(), error: z.number().nonnegative() })).nullable(),
      withinTolerance: z.boolean().nullable(),
      agreement: z.number().min(0).max(1),
      floatBackend: z.enum(['tfjs-wasm', 'tfjs-cpu']),
      wrapped: z.array(z.strictObject({ name: z.string(), count })),
      saturated: z.array(z.strictObject({ name: z.string(), count })),
    })
    .nullable(),
  accuracy: z.number().min(0).max(1).nullable(),
  bundles: z.strictObject({ stored: count, made: count, total: z.strictObject({ stored: count, made: count }) }),
  background: z.boolean(),
  setup: z.strictObject(sparedPhase),
  offline: z.strictObject(sparedPhase),
  online: z.strictObject({ ...phase, msPerInput: ms }),
  client: z.strictObject({ uploadBytes: count.positive(), downloadBytes: count.positive() }),
  peakMemoryBytes: z.union([
    z.strictObject({ party0: count.positive(), party1: count.positive(), dealer: z.exactOptional(count.positive()) }),
    z.strictObject({ party0: count.positive(), party1: count.positive(), party2: count.positive() }),
  ]),
  kernelMemory,
  needs,
  timing: z.strictObject({ setupMs: ms, totalMs: ms }),
};

export const inferSchema: z.ZodType<InferReport> = z.strictObject(inferFields);

export const demoSchema: z.ZodType<DemoReport> = z.strictObject({
  ...inferFields,
  images: z.array(z.strictObject({ index: count, label: count, private: count, plain: count })),
});

export const prepareSchema: z.ZodType<PrepareReport> = z.strictObject({
  model,
  trust,
  notes,
  batch: count.positive(),
  store: z.string(),
  bundles: z.strictObject({ asked: count.positive(), had: count, made: count, ready: count }),
  resumed: z.boolean(),
  setup: z.strictObject(sparedPhase),
  offline: z.strictObject(sparedPhase),
  bundlesPerSecond: z.number().positive().nullable(),
  diskBytes: z.record(z.string(), count),
  peakMemoryBytes: inferFields.peakMemoryBytes,
  timing: inferFields.timing,
});

const storedModel = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  modelDigest: digest,
  ready: count,
  bundles: z.array(z.strictObject({ batch: count.positive(), ready: count.positive() })),
  bytes: count,
});

export const listSchema: z.ZodType<ListReport> = z.strictObject({
  store: z.string(),
  participants: z.array(
    z.strictObject({
      owner: z.enum(['party0', 'party1', 'dealer']),
      id: z.string(),
      models: z.array(storedModel),
      ready: count,
      spent: count,
      highWater: count,
      diskBytes: count.positive(),
    }),
  ),
});

export const verifySchema: z.ZodType<VerifyReport> = z.strictObject({
  store: z.string(),
  bundles: count,
  models: count,
});

export const pruneSchema: z.ZodType<PruneReport> = z.strictObject({
  store: z.string(),
  bundles: count,
  models: count,
  before: count,
  after: count,
  dryRun: z.boolean(),
  items: z.array(
    z.strictObject({
      owner: z.enum(['owner', 'party0', 'party1', 'dealer']),
      model: z.string(),
      number: count.nullable(),
      why: z.enum(['all', 'damaged', 'version', 'other', 'dealer', 'owner', 'model', 'alone', 'unheld']),
    }),
  ),
});

const rounds = z.strictObject({ setup: count, offline: count, online: count });
const predictedMs = z.strictObject({ offline: z.number().nonnegative(), online: ms });
const network = z.strictObject({ name: z.string(), roundTripMs: z.number(), megabits: z.number() });

export const planSchema: z.ZodType<PlanReport> = z.strictObject({
  model,
  trust,
  fixedPoint,
  inputRange: range,
  pixels,
  layout: z.enum(['nchw', 'nhwc']).nullable(),
  blueFirst: z.boolean(),
  notes,
  batch: count.positive(),
  digest,
  steps: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.string(),
      outputShape: z.array(count),
      scale: count,
      guaranteed: range.nullable(),
      observed: range.nullable(),
      headroomBits: z.number().int().nullable(),
      saturatesAt: z.number().positive().nullable(),
      predictedError: z.number().nonnegative().nullable(),
      observedError: z.number().nonnegative().nullable(),
      width: count.positive(),
      offlineBytes: count,
      onlineBytes: count,
      rounds: count,
      triples: z.enum(['dealer', 'ot', 'he']).nullable(),
      polynomials: z
        .strictObject({
          degree: count,
          modulusBits: count,
          ciphertexts: count,
          answers: count,
          weights: count,
          products: count,
        })
        .nullable(),
      chooser: z.enum(['weights', 'activations']).nullable(),
      nonlinear: z
        .strictObject({
          by: z.enum(['gc', 'bits']),
          predicted: z.strictObject({ gc: z.number(), bits: z.number() }).nullable(),
        })
        .nullable(),
      transfers: count.nullable(),
    }),
  ),
  totals: z.union([
    z.strictObject({ setup: twoParties, offline: twoParties, online: twoParties, rounds }),
    z.strictObject({ setup: threeParties, offline: threeParties, online: threeParties, rounds }),
  ]),
  extension: z
    .strictObject({
      by: z.enum(['softspoken', 'silent']),
      softSpokenK: count,
      silent: z
        .array(z.strictObject({ secret: count, leaves: count, iterations: count, trees: count }).nullable())
        .nullable(),
    })
    .nullable(),
  needs,
  kernelMemory,
  predictedMs: z.strictObject({ lan: predictedMs, wan: predictedMs }),
  assumed: z.strictObject({
    aesBlocksPerSecond: z.literal(ASSUMED.aesBlocksPerSecond),
    macsPerSecond: z.literal(ASSUMED.macsPerSecond),
    productBitsPerSecond: z.literal(ASSUMED.productBitsPerSecond),
    heCoefficientsPerSecond: z.literal(ASSUMED.heCoefficientsPerSecond),
    binaryAndsPerSecond: z.literal(ASSUMED.binaryAndsPerSecond),
    networks: z.strictObject({ lan: network, wan: network }),
  }),
});
