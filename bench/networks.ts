/** `tacit bench networks`: a trained network in plaintext and under MPC, what it costs and how accurate it is. @module */
import { basename, dirname, resolve } from 'node:path';
import type { MnistImages } from '../models/mnist.js';
import { ZOO, zooModelPath } from '../models/zoo.js';
import { TacitError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/ring.js';
import { describeTrust } from '../src/core/trust.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import { loadModel } from '../src/model/load.js';
import { quantize } from '../src/model/quantize.js';
import type { NetworkProfile } from '../src/transport/link.js';
import { NETWORKS } from '../src/transport/shape.js';
import { PIXELS, realsOf } from './images.js';
import type { Mode } from './modes.js';
import { BACKENDS, describeAdapter, isGpu, type PlainResult, runPlain, titleOf } from './plaintext.js';
import { labelsOf, type PrivateFigures, plainOutputs, runPrivate, WARM_PASSES } from './private.js';
import type { AccuracyRow, LinkName, Results, Row } from './results.js';

/** Images at once where throughput is measured. */
const PLAIN_BATCHES = [1, 128];
const PRIVATE_BATCH = { usual: 16, slow: 4 } as const;
const PASSES = { usual: 5, slow: 2 } as const;

export interface NetworkSubject {
  readonly name: string;
  /** Of its model.json. */
  readonly path: string;
  readonly model: FixedModel;
  readonly shape: readonly number[];
}

export interface NetworksOptions {
  readonly subjects: readonly NetworkSubject[];
  readonly modes: readonly Mode[];
  readonly links: readonly LinkName[];
  readonly images: MnistImages;
  /** Images for accuracy under MPC; modes that are slow get a fraction of them. */
  readonly accuracyImages: number;
  /** Of passes for each plaintext timing. */
  readonly seconds: number;
  readonly wasmThreads?: number;
  readonly onProgress?: (what: string) => void;
}

export type PlainOptions = Pick<NetworksOptions, 'images' | 'seconds' | 'wasmThreads' | 'onProgress'>;

type Part = Pick<Results, 'rows' | 'accuracy' | 'absent'>;

/** A name of the zoo or the path of a model.json whose inputs are MNIST images. @throws UNKNOWN_MODEL, BAD_SHAPE */
export async function loadSubject(name: string): Promise<NetworkSubject> {
  const path = zooModelPath(name) ?? name;
  if (zooModelPath(name) === undefined && !name.endsWith('.json')) {
    throw new TacitError(
      'UNKNOWN_MODEL',
      `expected --models of ${ZOO.join(', ')} or a model.json, got ${name.slice(0, 80)}. Check the name`,
    );
  }
  const graph = await loadModel(path);
  const { shape } = graph.nodes[0]!;
  if (sizeOf(shape) !== PIXELS) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected a model that takes ${PIXELS} pixels, got one of [${shape.join(',')}]. The benches have images of MNIST alone`,
    );
  }
  const { model } = quantize(graph, { inputRange: { low: 0, high: 1 } });
  const short = zooModelPath(name) === undefined ? basename(dirname(resolve(path))) : name;
  return { name: short, path: resolve(path), model, shape };
}

export async function measureNetworks(options: NetworksOptions): Promise<Part> {
  const rows: Row[] = [];
  const accuracy: AccuracyRow[] = [];
  const absent = new Map<string, string>();
  for (const subject of options.subjects) {
    const float = await plainRows(subject, options, rows, absent);
    const before = accuracyOf(subject, options, float);
    accuracy.push(...before.rows);
    for (const mode of options.modes) {
      await privateRows(subject, mode, options, rows);
      accuracy.push(await privateAccuracy(subject, mode, options, before.floatLabels));
    }
  }
  return { rows, accuracy, absent: [...absent].map(([what, why]) => ({ what, why })) };
}

/** A row for each backend and batch; gives the first backend's answer, whose labels count as the float network's. */
export async function plainRows(
  subject: Pick<NetworkSubject, 'name' | 'path' | 'shape'>,
  { images, seconds, wasmThreads = 1, onProgress = () => {} }: PlainOptions,
  rows: Row[],
  absent: Map<string, string>,
): Promise<PlainResult> {
  let float: PlainResult | undefined;
  const batches = PLAIN_BATCHES.filter((batch) => batch <= images.count);
  for (const backend of BACKENDS) {
    onProgress(`${subject.name} in plaintext: ${titleOf(backend)}`);
    const answer = await runPlain({
      backend,
      model: subject.path,
      shape: subject.shape,
      inputs: realsOf(images),
      count: images.count,
      batches,
      seconds,
      wasmThreads,
    });
    if ('absent' in answer) {
      absent.set(`plaintext on ${titleOf(backend)}`, answer.absent);
      continue;
    }
    float ??= answer;
    const { adapter } = answer;
    const device = adapter === null ? 'CPU' : describeAdapter(adapter);
    for (const { batch, ms, passes, warmPasses } of answer.timings) {
      rows.push({
        key: `${subject.name}/plain/${backend}/none/${batch}`,
        network: subject.name,
        technique: 'plain',
        name: `plain, ${backend}${adapter !== null && isGpu(adapter) ? ' (GPU)' : ''}`,
        detail: `${answer.version}; ${device}`,
        trust: 'one machine sees input and model',
        link: 'none',
        batch,
        ms: { offline: 0, online: ms },
        bytes: { setup: 0, offline: 0, online: 0, client: 0 },
        rounds: null,
        peakMemoryBytes: answer.peakMemoryBytes,
        exact: null,
        passes,
        warmPasses,
        extrapolated: false,
      });
    }
  }
  if (float !== undefined) return float;
  throw new TacitError('INTERNAL', 'plaintext: expected one backend of tfjs to run, got none. Run: npm ci');
}

/** The float network and its fixed-point twin in the clear. */
function accuracyOf(
  { name, model }: NetworkSubject,
  { images }: NetworksOptions,
  float: PlainResult,
): { readonly rows: AccuracyRow[]; readonly floatLabels: readonly number[] } {
  const fixedLabels = labelsOf(model, plainOutputs(model, realsOf(images), images.count));
  const row = (technique: AccuracyRow['technique'], title: string, labels: readonly number[]): AccuracyRow => ({
    key: `${name}/${technique}`,
    network: name,
    technique,
    name: title,
    images: images.count,
    accuracy: shareOf(labels, images.labels),
    agreement: technique === 'plain' ? null : shareOf(labels, float.labels),
    exactImages: null,
  });
  return {
    rows: [
      row('plain', 'float32, tfjs', float.labels),
      row('fixed', `fixed point, ${model.graph.ringBits}-bit ring, in the clear`, fixedLabels),
    ],
    floatLabels: float.labels,
  };
}

function paceOf({ slow }: Mode): 'usual' | 'slow' {
  return slow ? 'slow' : 'usual';
}

async function privateRows(
  subject: NetworkSubject,
  mode: Mode,
  { images, links, onProgress = () => {} }: NetworksOptions,
  rows: Row[],
): Promise<void> {
  const measure = async (link: LinkName, batch: number): Promise<void> => {
    onProgress(`${subject.name}, ${mode.name}: ${batch} at once, link ${link}`);
    const passes = link === 'wan' ? PASSES.slow : PASSES[paceOf(mode)];
    const inputs = realsOf(images).subarray(0, batch * PIXELS);
    const profile = profileOf(link);
    const figures = await runPrivate({
      model: subject.model,
      mode,
      inputs,
      count: batch,
      batch,
      passes,
      ...(profile ? { network: profile } : {}),
    });
    rows.push(rowOf(subject, mode, link, batch, passes, figures));
  };
  for (const link of links) await measure(link, 1);
  await measure('none', Math.min(PRIVATE_BATCH[paceOf(mode)], images.count));
}

function rowOf(
  { name, model }: NetworkSubject,
  mode: Mode,
  link: LinkName,
  batch: number,
  passes: number,
  { ms, bytes, rounds, peakMemoryBytes, exactInputs }: PrivateFigures,
): Row {
  return {
    key: `${name}/mpc/${mode.key}/${link}/${batch}`,
    network: name,
    technique: 'mpc',
    name: mode.name,
    detail: `${model.graph.ringBits}-bit ring, ${model.graph.guaranteed ? 'widths proven' : 'widths observed'}`,
    trust: describeTrust(mode.trust),
    link,
    batch,
    ms,
    bytes,
    rounds,
    peakMemoryBytes,
    exact: exactInputs === batch,
    passes,
    warmPasses: WARM_PASSES,
    extrapolated: false,
  };
}

/** The profile of a link; undefined for loopback as it is. */
export function profileOf(link: LinkName): NetworkProfile | undefined {
  return link === 'none' ? undefined : NETWORKS[link];
}

/** How many of the images a mode that is slow is given. */
const SLOW_PART = 1 / 25;

async function privateAccuracy(
  { name, model }: NetworkSubject,
  mode: Mode,
  { images, accuracyImages, onProgress = () => {} }: NetworksOptions,
  floatLabels: readonly number[],
): Promise<AccuracyRow> {
  const wanted = Math.max(1, Math.round(accuracyImages * (mode.slow ? SLOW_PART : 1)));
  const count = Math.min(wanted, images.count);
  onProgress(`${name}, ${mode.name}: accuracy on ${count} images`);
  const { outputs, exactInputs } = await runPrivate({
    model,
    mode,
    inputs: realsOf(images).subarray(0, count * PIXELS),
    count,
    batch: Math.min(PRIVATE_BATCH[paceOf(mode)], count),
    passes: 1,
    warmPasses: 0,
  });
  const labels = labelsOf(model, outputs);
  return {
    key: `${name}/mpc/${mode.key}`,
    network: name,
    technique: 'mpc',
    name: mode.name,
    images: count,
    accuracy: shareOf(labels, images.labels),
    agreement: shareOf(labels, floatLabels),
    exactImages: exactInputs,
  };
}

/** The part of the labels that are the expected ones. */
export function shareOf(labels: readonly number[], expected: ArrayLike<number>): number {
  return labels.filter((label, i) => label === expected[i]).length / labels.length;
}
