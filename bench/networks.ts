/** `tacit bench networks`: a network in plaintext and under MPC, what it costs and how accurate it is. @module */
import type { MnistImages } from '../models/mnist.js';
import { TacitError } from '../src/core/errors.js';
import type { Job } from './agenda.js';
import { realsOf } from './images.js';
import { shareOf } from './labels.js';
import type { Mode } from './modes.js';
import { BACKENDS, type Backend, describeAdapter, isGpu, type PlainResult, runPlain, titleOf } from './plaintext.js';
import { labelsOf, plainOutputs } from './private.js';
import { measureMode, modeJobs, type PrivateOptions, type PrivatePart } from './private-rows.js';
import type { AccuracyRow, Results, Row } from './results.js';
import type { NetworkSubject } from './subjects.js';

const PLAIN_BATCHES = [1, 128];

export interface NetworksOptions extends PrivateOptions {
  readonly subjects: readonly NetworkSubject[];
  readonly modes: readonly Mode[];
  /** Of passes for each plaintext timing. */
  readonly seconds: number;
}

export type PlainOptions = Pick<NetworksOptions, 'images' | 'seconds' | 'onProgress'>;
/** What tfjs can load. */
export type PlainSubject = Pick<NetworkSubject, 'name' | 'shape'> & { readonly path: string };

/** Of a backend: the process, tfjs in it, accuracy on all images; one that is absent says so sooner. */
const BACKEND_MS = 1500;

/** What measureNetworks does for one network, and about how long it takes. */
export function networkJobs(subject: NetworkSubject, options: NetworksOptions): Job[] {
  return [
    ...(subject.path === undefined ? [] : plainJobs(subject, options)),
    ...options.modes.flatMap((mode) => modeJobs(subject, mode, options)),
  ];
}

/** What measurePlain does. */
export function plainJobs({ name }: Pick<NetworkSubject, 'name'>, { images, seconds }: PlainOptions): Job[] {
  const ms = BACKEND_MS + batchesOf(images).length * seconds * 1000;
  return BACKENDS.map((backend) => ({ what: plainTitle(name, backend), ms }));
}

function plainTitle(name: string, backend: Backend): string {
  return `${name} in plaintext: ${titleOf(backend)}`;
}

function batchesOf(images: MnistImages): number[] {
  return PLAIN_BATCHES.filter((batch) => batch <= images.count);
}

export async function measureNetworks(options: NetworksOptions): Promise<PrivatePart> {
  const rows: Row[] = [];
  const accuracy: AccuracyRow[] = [];
  const absent: Results['absent'][0][] = [];
  for (const subject of options.subjects) {
    const { path } = subject;
    let floatLabels: readonly number[] | undefined;
    if (path === undefined) {
      const why = 'its weights are made from a seed: it predicts nothing, and there is no model for tfjs to load';
      absent.push({ what: `${subject.name} in plaintext, and its accuracy`, why });
    } else {
      const plain = await measurePlain({ ...subject, path }, options);
      rows.push(...plain.rows);
      absent.push(...plain.absent);
      accuracy.push(plain.accuracy, fixedAccuracy(subject, options, plain.labels));
      floatLabels = plain.labels;
    }
    for (const mode of options.modes) {
      const part = await measureMode(subject, mode, options, floatLabels);
      rows.push(...part.rows);
      accuracy.push(...part.accuracy);
      absent.push(...part.absent);
    }
  }
  return { rows, accuracy, absent: unique(absent) };
}

/** A backend that is absent is so for every network, and said once. */
function unique(absent: readonly Results['absent'][0][]): Results['absent'][0][] {
  return [...new Map(absent.map((one) => [one.what, one])).values()];
}

export interface PlainPart {
  readonly rows: readonly Row[];
  readonly accuracy: AccuracyRow;
  /** Of the first backend, which count as the float network's. */
  readonly labels: readonly number[];
  readonly absent: Results['absent'];
}

/** A row for each backend and batch. @throws INTERNAL where no backend runs */
export async function measurePlain(subject: PlainSubject, options: PlainOptions): Promise<PlainPart> {
  const { images, seconds, onProgress = () => {} } = options;
  const rows: Row[] = [];
  const absent: Results['absent'][0][] = [];
  let labels: readonly number[] | undefined;
  const batches = batchesOf(images);
  for (const backend of BACKENDS) {
    onProgress(plainTitle(subject.name, backend));
    const answer = await runPlain({
      backend,
      model: subject.path,
      shape: subject.shape,
      inputs: realsOf(images),
      count: images.count,
      batches,
      seconds,
      wasmThreads: 1,
    });
    if ('absent' in answer) {
      absent.push({ what: `plaintext on ${titleOf(backend)}`, why: answer.absent });
      continue;
    }
    labels ??= answer.labels;
    rows.push(...plainRows(subject, backend, answer));
  }
  if (labels === undefined) {
    throw new TacitError('INTERNAL', 'plaintext: expected one backend of tfjs to run, got none. Run: npm ci');
  }
  return { rows, accuracy: accuracyRow(subject, 'plain', 'float32, tfjs', images, labels, null), labels, absent };
}

function plainRows(
  { name }: PlainSubject,
  backend: string,
  { version, adapter, timings, peakMemoryBytes }: PlainResult,
): Row[] {
  const device = adapter === null ? 'CPU' : describeAdapter(adapter);
  return timings.map(({ batch, ms, passes, warmPasses }) => ({
    key: `${name}/plain/${backend}/none/${batch}`,
    network: name,
    technique: 'plain',
    name: `plain, ${backend}${adapter !== null && isGpu(adapter) ? ' (GPU)' : ''}`,
    detail: `${version}; ${device}`,
    trust: 'one machine sees input and model',
    link: 'none',
    batch,
    ms: { offline: 0, online: ms },
    bytes: { setup: 0, offline: 0, online: 0, client: 0 },
    rounds: null,
    peakMemoryBytes,
    exact: null,
    passes,
    warmPasses,
    extrapolated: false,
  }));
}

/** The network's fixed-point twin in the clear. */
function fixedAccuracy(subject: NetworkSubject, { images }: PlainOptions, floatLabels: readonly number[]): AccuracyRow {
  const { model } = subject;
  const labels = labelsOf(model, plainOutputs(model, realsOf(images), images.count));
  const title = `fixed point, ${model.graph.ringBits}-bit ring, in the clear`;
  return accuracyRow(subject, 'fixed', title, images, labels, shareOf(labels, floatLabels));
}

function accuracyRow(
  { name }: Pick<NetworkSubject, 'name'>,
  technique: AccuracyRow['technique'],
  title: string,
  images: MnistImages,
  labels: readonly number[],
  agreement: number | null,
): AccuracyRow {
  return {
    key: `${name}/${technique}`,
    network: name,
    technique,
    name: title,
    images: images.count,
    accuracy: shareOf(labels, images.labels),
    agreement,
    exactImages: null,
  };
}
