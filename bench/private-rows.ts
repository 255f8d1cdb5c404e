/** A network under one trust model: a row for each link and batch, and how accurate it is. @module */
import type { MnistImages } from '../models/mnist.js';
import { describeTrust } from '../src/core/trust.js';
import type { Job } from './agenda.js';
import { evaluationMs, runMs, type Work, wireMs, workOf } from './estimate.js';
import { bytesText } from './format.js';
import { shareOf } from './labels.js';
import { type Mode, planFields } from './modes.js';
import { labelsOf, type PrivateFigures, runPrivate } from './private.js';
import type { AccuracyRow, LinkName, Results, Row } from './results.js';
import { clientMs, profileOf, TRANSFER_NOTE } from './shaping.js';
import { inputsOf, type NetworkSubject } from './subjects.js';

/** A mode that is slow has at most this many images at once. */
const SLOW_BATCH = 4;
/** More at once are measured without a delay alone. */
const LINK_BATCH = 16;
/** Of short evaluations: the engine compiles what runs often while it runs, which takes some fifty of them. */
const MOST_PASSES = 100;
/** What one evaluation may send between the parties, unless it is of one image: bundles are held in memory. */
const MOST_BYTES = 2.5e9;

export interface PrivateOptions {
  readonly links: readonly LinkName[];
  /** Images at once. */
  readonly batches: readonly number[];
  readonly images: MnistImages;
  /** Of passes for each row; one is made in any case. */
  readonly rowSeconds: number;
  /** For the accuracy of a mode that is slow: as many images as fit. */
  readonly accuracySeconds: number;
  readonly onProgress?: (what: string) => void;
}

export type PrivatePart = Pick<Results, 'rows' | 'accuracy' | 'absent'>;

/** One row to be measured. */
interface RowJob {
  readonly what: string;
  readonly batch: number;
  readonly link: LinkName;
  readonly work: Work;
}

/** Rows of a mode in the order of measurement, and those that memory could not hold. */
function rowJobs(
  { name, model }: NetworkSubject,
  mode: Mode,
  options: PrivateOptions,
): { jobs: RowJob[]; absent: Results['absent'][0][] } {
  const jobs: RowJob[] = [];
  const absent: Results['absent'][0][] = [];
  for (const batch of batchesOf(mode, options)) {
    const work = workOf({ graph: model.graph, batch, ...planFields(mode) });
    if (batch > 1 && work.bytes > MOST_BYTES) {
      const why = `one evaluation would send ${bytesText(work.bytes)}, more than ${bytesText(MOST_BYTES)}`;
      absent.push({ what: `${name}, ${mode.name}, ${batch} at once`, why });
      continue;
    }
    for (const link of batch > LINK_BATCH ? options.links.filter((one) => one === 'none') : options.links) {
      jobs.push({ what: `${name}, ${mode.name}: ${batch} at once, link ${link}`, batch, link, work });
    }
  }
  return { jobs, absent };
}

function accuracyTitle({ name }: NetworkSubject, mode: Mode): string {
  return `${name}, ${mode.name}: accuracy`;
}

/** What measureMode does, and about how long it takes. */
export function modeJobs(subject: NetworkSubject, mode: Mode, options: PrivateOptions): Job[] {
  const { jobs } = rowJobs(subject, mode, options);
  const rows = jobs.map(({ what, link, work }): Job => {
    const passes = passesIn(options, evaluationMs(work) + wireMs(link, work));
    return { what, ms: runMs(work, passes + warmPasses(passes), link) };
  });
  if (subject.path === undefined) return rows;
  const batch = accuracyBatch(mode, options);
  const work = workOf({ graph: subject.model.graph, batch, ...planFields(mode) });
  const count = accuracyImages(mode, options, batch, evaluationMs(work) / batch);
  return [...rows, { what: accuracyTitle(subject, mode), ms: runMs(work, Math.ceil(count / batch)) }];
}

/** `floatLabels`: the float network's; without them accuracy is not measured. */
export async function measureMode(
  subject: NetworkSubject,
  mode: Mode,
  options: PrivateOptions,
  floatLabels: readonly number[] | undefined,
): Promise<PrivatePart> {
  const { model } = subject;
  const { images, onProgress = () => {} } = options;
  const { jobs, absent } = rowJobs(subject, mode, options);
  const rows: Row[] = [];
  let msAnImage: number | undefined;
  for (const { what, batch, link, work } of jobs) {
    onProgress(what);
    const wire = wireMs(link, work);
    const passes = passesIn(options, (msAnImage === undefined ? evaluationMs(work) : msAnImage * batch) + wire);
    const network = profileOf(link);
    const figures = await runPrivate({
      model,
      mode,
      inputs: inputsOf(subject, images, batch),
      count: batch,
      batch,
      passes,
      warmPasses: warmPasses(passes),
      ...(network ? { network } : {}),
    });
    if (link === 'none' || msAnImage === undefined) {
      msAnImage = Math.max(1, figures.ms.offline + figures.ms.online - wire) / batch;
    }
    rows.push(rowOf(subject, mode, link, batch, passes, figures));
  }
  if (floatLabels === undefined) return { rows, accuracy: [], absent };
  onProgress(accuracyTitle(subject, mode));
  const batch = accuracyBatch(mode, options);
  const count = accuracyImages(mode, options, batch, msAnImage ?? 1);
  return { rows, accuracy: [await accuracyOf(subject, mode, options, batch, count, floatLabels)], absent };
}

function accuracyBatch(mode: Mode, options: PrivateOptions): number {
  return Math.max(1, ...batchesOf(mode, options).filter((one) => one <= LINK_BATCH));
}

/** All, or by a mode that is slow as many whole batches as fit, one at least. */
function accuracyImages(mode: Mode, options: PrivateOptions, batch: number, msAnImage: number): number {
  const { images, accuracySeconds } = options;
  if (!mode.slow) return images.count;
  const batches = Math.floor((1000 * accuracySeconds) / (msAnImage * batch));
  return Math.min(images.count, batch * Math.max(1, batches));
}

/** Each once, ascending, none of more than there are images. */
function batchesOf({ slow }: Mode, { batches, images }: PrivateOptions): number[] {
  const most = slow ? Math.min(SLOW_BATCH, images.count) : images.count;
  return [...new Set(batches.map((batch) => Math.min(batch, most)))].sort((a, b) => a - b);
}

/** As many passes of `ms` as fit. */
function passesIn({ rowSeconds }: PrivateOptions, ms: number): number {
  return Math.max(1, Math.min(MOST_PASSES, Math.floor((1000 * rowSeconds) / Math.max(ms, 1))));
}

/** A single pass is one that there was no time to warm up for. */
function warmPasses(passes: number): number {
  return Math.floor(passes / 2);
}

function rowOf(
  { name, model }: NetworkSubject,
  mode: Mode,
  link: LinkName,
  batch: number,
  passes: number,
  { ms, bytes, rounds, peakMemoryBytes, exactInputs }: PrivateFigures,
): Row {
  const delayed = link !== 'none';
  return {
    key: `${name}/mpc/${mode.key}/${link}/${batch}`,
    network: name,
    technique: 'mpc',
    name: mode.name,
    detail: `${model.graph.ringBits}-bit ring, ${model.graph.guaranteed ? 'widths proven' : 'widths observed'}`,
    trust: describeTrust(mode.trust),
    link,
    batch,
    ms: { offline: ms.offline, online: ms.online + clientMs(link, bytes.client) },
    bytes,
    rounds,
    peakMemoryBytes,
    exact: exactInputs === batch,
    passes,
    warmPasses: warmPasses(passes),
    extrapolated: delayed,
    ...(delayed ? { note: TRANSFER_NOTE } : {}),
  };
}

async function accuracyOf(
  subject: NetworkSubject,
  mode: Mode,
  { images, accuracySeconds }: PrivateOptions,
  batch: number,
  count: number,
  floatLabels: readonly number[],
): Promise<AccuracyRow> {
  const { name, model } = subject;
  const inputs = inputsOf(subject, images, count);
  const job = { model, mode, inputs, count, batch, passes: 1, warmPasses: 0 };
  const { outputs, exactInputs } = await runPrivate(job);
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
    ...(count < images.count ? { note: `as many as fit ${accuracySeconds} s` } : {}),
  };
}
