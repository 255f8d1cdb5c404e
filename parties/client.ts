/** The client process: has its inputs inferred batch by batch, or bundles made for later, and reports what it learnt and what it cost. @module */

import { sizeOf, wordsPerElement } from '../src/core/ring.js';
import { ringOf } from '../src/plan/compile.js';
import { outputWords, sumTraffic } from '../src/plan/plan.js';
import type { Client, Inference, PhaseCost } from '../src/roles/client.js';
import { connect } from '../src/roles/connect.js';
import { batchesOf } from '../src/roles/reals.js';
import { type Supply, supplier } from '../src/roles/supply.js';
import type { ClientConfig, ClientResult, InferWork, Pass, PrepareResult, PrepareWork, Report } from './config.js';

/** Does its work and ends the session. @throws what ended the session otherwise */
export async function runClient(config: ClientConfig, report: Report): Promise<void> {
  let batch = 0;
  const client = await connect({
    urls: config.urls,
    plan: config.plan,
    session: config.session,
    timeoutMs: config.timeoutMs,
    onProgress: (phase, step, steps) => report({ type: 'progress', phase, batch, fraction: step / steps }),
  });
  report({ type: 'ready' });
  const done = (phase: 'offline' | 'online', batches: number): void => {
    batch = batches;
    report({ type: 'progress', phase, batch, fraction: 0 });
  };
  const { work } = config;
  if (work.kind === 'infer') report({ type: 'result', result: await inferAll(client, work, done) });
  else report({ type: 'prepared', result: await prepareAll(client, work, done) });
}

type Done = (phase: 'offline' | 'online', batches: number) => void;

/** Runs all passes, a bundle for each batch. */
async function inferAll(client: Client, work: InferWork, done: Done): Promise<ClientResult> {
  const { plan } = client;
  const batches = batchesOf(plan, work.inputs, work.count);
  const outputs = new Uint32Array(batches.length * outputWords(plan));
  const passes: Pass[] = [];
  const nextBundle = supplier(client, work.repeat * batches.length, work.background);
  let batch = 0;
  let repeatable = true;
  for (let pass = 0; pass < work.repeat; pass++) {
    const parts: Part[] = [];
    for (const [i, words] of batches.entries()) {
      const bundle = await nextBundle();
      const inference = await client.infer(bundle.number, words);
      parts.push({ ...bundle, inference });
      const at = i * outputWords(plan);
      if (pass === 0) outputs.set(inference.output, at);
      else repeatable &&= inference.output.every((word, k) => word === outputs[at + k]);
      done('online', ++batch);
    }
    passes.push(passOf(parts));
  }
  const used = work.count * sizeOf(plan.outputShape.slice(1)) * wordsPerElement(ringOf(plan));
  const peakMemoryBytes = await client.end();
  const { setup, resumed, full } = client;
  return { outputs: outputs.slice(0, used), repeatable, setup, resumed, passes, full, peakMemoryBytes };
}

/** Has bundles made until the stores hold as many as asked for. */
async function prepareAll(client: Client, work: PrepareWork, done: Done): Promise<PrepareResult> {
  const { resumed, next } = client;
  const had = client.ready.length;
  done('offline', Math.min(had, work.count));
  const made: PhaseCost[] = [];
  while (had + made.length < work.count) {
    made.push(await client.prepare(next + made.length, true));
    done('offline', had + made.length);
  }
  const peakMemoryBytes = await client.end();
  return { setup: client.setup, resumed, had, made, peakMemoryBytes };
}

/** One batch of a pass. */
interface Part extends Supply {
  readonly inference: Inference;
}

function passOf(parts: readonly Part[]): Pass {
  const add = (a: PhaseCost, b: PhaseCost): PhaseCost => ({
    ms: a.ms + b.ms,
    bytes: sumTraffic(a.bytes, b.bytes),
    rounds: Math.max(a.rounds, b.rounds),
  });
  return {
    offline: parts.map((part) => part.offline).reduce(add),
    online: parts.map((part) => part.inference.online).reduce(add),
    uploadBytes: parts.reduce((sum, part) => sum + part.inference.uploadBytes, 0),
    downloadBytes: parts.reduce((sum, part) => sum + part.inference.downloadBytes, 0),
    stored: parts.filter((part) => part.stored).length,
    made: parts.filter((part) => !part.stored).length,
  };
}
