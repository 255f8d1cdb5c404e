/** A network under one trust model: a row for each link and batch, and how accurate it is. @module */
import type { MnistImages } from '../models/mnist.js';
import { describeTrust } from '../src/core/trust.js';
import { type AnyTraffic, planOf } from '../src/plan/any.js';
import { bytesText } from './format.js';
import type { Mode } from './modes.js';
import { labelsOf, type PrivateFigures, runPrivate } from './private.js';
import type { AccuracyRow, LinkName, Results, Row } from './results.js';
import { clientMs, profileOf, TRANSFER_NOTE } from './shaping.js';
import { inputsOf, type NetworkSubject } from './subjects.js';

/** A mode that is slow has at most this many images at once. */
const SLOW_BATCH = 4;
/** More at once are measured without a delay alone. */
const LINK_BATCH = 16;
const MOST_PASSES = 5;
/** An image by a slow mode, before the first is timed. */
const SLOW_GUESS_MS = 1000;
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

/** `floatLabels`: the float network's; without them accuracy is not measured. */
export async function measureMode(
  subject: NetworkSubject,
  mode: Mode,
  options: PrivateOptions,
  floatLabels: readonly number[] | undefined,
): Promise<PrivatePart> {
  const { name, model } = subject;
  const { links, images, onProgress = () => {} } = options;
  const rows: Row[] = [];
  const absent: { what: string; why: string }[] = [];
  let msAnImage = mode.slow ? SLOW_GUESS_MS : 0;
  const batches = batchesOf(mode, options, images.count);
  for (const batch of batches) {
    const { predicted } = planOf({ graph: model.graph, batch, trust: mode.trust });
    const bytes = sum(predicted.offline) + sum(predicted.online);
    if (batch > 1 && bytes > MOST_BYTES) {
      const why = `one evaluation would send ${bytesText(bytes)}, more than ${bytesText(MOST_BYTES)}`;
      absent.push({ what: `${name}, ${mode.name}, ${batch} at once`, why });
      continue;
    }
    for (const link of batch > LINK_BATCH ? links.filter((one) => one === 'none') : links) {
      onProgress(`${name}, ${mode.name}: ${batch} at once, link ${link}`);
      const wire = wireMs(link, bytes, predicted.rounds.offline + predicted.rounds.online);
      const passes = passesIn(options, msAnImage * batch + wire);
      const network = profileOf(link);
      const figures = await runPrivate({
        model,
        mode,
        inputs: inputsOf(subject, images, batch),
        count: batch,
        batch,
        passes,
        warmPasses: passes > 1 ? 1 : 0,
        ...(network ? { network } : {}),
      });
      if (link === 'none' || rows.length === 0) {
        msAnImage = Math.max(1, figures.ms.offline + figures.ms.online - wire) / batch;
      }
      rows.push(rowOf(subject, mode, link, batch, passes, figures));
    }
  }
  if (floatLabels === undefined) return { rows, accuracy: [], absent };
  const batch = Math.max(1, ...batches.filter((one) => one <= LINK_BATCH));
  const count = mode.slow ? affordable(options, batch, msAnImage) : images.count;
  return { rows, accuracy: [await accuracyOf(subject, mode, options, batch, count, floatLabels)], absent };
}

/** As many whole batches of images as fit, one at least. */
function affordable({ images, accuracySeconds }: PrivateOptions, batch: number, msAnImage: number): number {
  const batches = Math.floor((1000 * accuracySeconds) / (msAnImage * batch));
  return Math.min(images.count, batch * Math.max(1, batches));
}

/** Each once, ascending, none of more than there are images. */
function batchesOf({ slow }: Mode, { batches }: PrivateOptions, images: number): number[] {
  const most = slow ? Math.min(SLOW_BATCH, images) : images;
  return [...new Set(batches.map((batch) => Math.min(batch, most)))].sort((a, b) => a - b);
}

/** As many passes of `ms` as fit. */
function passesIn({ rowSeconds }: PrivateOptions, ms: number): number {
  return Math.max(1, Math.min(MOST_PASSES, Math.floor((1000 * rowSeconds) / Math.max(ms, 1))));
}

/** What a link adds at its nominal latency and rate: an estimate, for the number of passes alone. */
function wireMs(link: LinkName, bytes: number, rounds: number): number {
  const profile = profileOf(link);
  return profile ? (rounds * profile.roundTripMs) / 2 + (8 * bytes) / (profile.megabits * 1e3) : 0;
}

function sum(traffic: AnyTraffic): number {
  return Object.values(traffic).reduce((bytes, direction) => bytes + direction, 0);
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
    warmPasses: passes > 1 ? 1 : 0,
    extrapolated: delayed,
    ...(delayed ? { note: TRANSFER_NOTE } : {}),
  };
}

async function accuracyOf(
  subject: NetworkSubject,
  mode: Mode,
  { images, accuracySeconds, onProgress = () => {} }: PrivateOptions,
  batch: number,
  count: number,
  floatLabels: readonly number[],
): Promise<AccuracyRow> {
  const { name, model } = subject;
  onProgress(`${name}, ${mode.name}: accuracy on ${count} images`);
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

/** The part of the labels that are the expected ones. */
export function shareOf(labels: readonly number[], expected: ArrayLike<number>): number {
  return labels.filter((label, i) => label === expected[i]).length / labels.length;
}
