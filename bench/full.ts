/** `tacit bench report`: every measurement in turn, one object. @module */
import { cpus, totalmem } from 'node:os';
import { type MnistImages, modelsPath } from '../models/mnist.js';
import { SQUARE_NETWORK } from '../models/zoo.js';
import { checkHe, type HeFigures, measureHe } from './he/measure.js';
import { loadCryptonets } from './he/network.js';
import { heAccuracy, heRow } from './he/rows.js';
import { firstImages, PIXELS, realsOf } from './images.js';
import { measureLayers } from './layers.js';
import { MODES, type Mode } from './modes.js';
import { loadSubject, measureNetworks, type PlainOptions, plainRows, shareOf } from './networks.js';
import { describeAdapter, runPlain } from './plaintext.js';
import { type AccuracyRow, type LinkName, type Machine, RESULTS_VERSION, type Results, type Row } from './results.js';
import { measureScaling, SCALING_IMAGES } from './scaling.js';
import { checkLinks } from './shaping.js';
import { versionsOf } from './versions.js';

export const LINKS: readonly LinkName[] = ['none', 'lan', 'wan'];
/** Images that one CryptoNets evaluation serves: as many as there are slots. */
export const HE_IMAGES = 8192;

export interface FullOptions {
  readonly models: readonly string[];
  readonly modes?: readonly Mode[];
  /** The part of CryptoNets' convolution that the server computes; 0 leaves homomorphic encryption out. */
  readonly sample: number;
  /** Everything once and little of it: to see that all parts work. */
  readonly quick: boolean;
  readonly command: string;
  readonly onProgress?: (what: string) => void;
}

/** @throws TacitError of the part that failed */
export async function measureAll(options: FullOptions): Promise<Results> {
  const { models, modes = MODES, sample, quick, command, onProgress = () => {} } = options;
  const start = performance.now();
  // what is not installed or not enough is said now, not after minutes
  if (sample > 0) await checkHe(await loadCryptonets(), sample);
  const images = firstImages(quick ? 16 : 1000);
  const heImages = firstImages(sample > 0 && !quick ? HE_IMAGES : 16);
  const seconds = quick ? 0.05 : 1;
  onProgress('links against their nominal latency and rate');
  const links = await checkLinks();
  const subjects = [];
  for (const name of models) subjects.push(await loadSubject(name));
  const main = subjects.at(-1)!;
  const { rows, accuracy, absent } = await measureNetworks({
    subjects,
    modes,
    links: quick ? ['none', 'wan'] : LINKS,
    images,
    accuracyImages: images.count,
    seconds,
    onProgress,
  });
  const layers = await measureLayers({ name: main.name, model: main.model, modes, batch: quick ? 1 : 8, onProgress });
  const scaled = subjects[0]!;
  const scaling = await measureScaling({
    modes,
    network: { name: scaled.name, model: scaled.model, inputs: realsOf(firstImages(SCALING_IMAGES)) },
    quick,
    onProgress,
  });
  const square = sample > 0 ? await squarePlain({ images: heImages, seconds, onProgress }) : { rows: [], accuracy: [] };
  const he = sample > 0 ? await measureHomomorphic(heImages, sample, quick, onProgress) : [];
  const heLinks = he.flatMap((figures) => LINKS.map((link) => heRow(figures, link)));
  return {
    version: RESULTS_VERSION,
    made: new Date().toISOString(),
    seconds: Math.round((performance.now() - start) / 1000),
    command,
    machine: await machineOf(main.path, main.shape),
    versions: versionsOf(),
    rows: [...rows, ...square.rows, ...heLinks],
    accuracy: [...accuracy, ...square.accuracy, ...he.flatMap(heAccuracy)],
    layers,
    scaling,
    links,
    he,
    absent,
  };
}

async function measureHomomorphic(
  images: MnistImages,
  sample: number,
  quick: boolean,
  onProgress: (what: string) => void,
): Promise<HeFigures[]> {
  return measureHe({ network: await loadCryptonets(), images, sample, single: quick ? 1 : 10, onProgress });
}

/** The network that homomorphic encryption evaluates, in plaintext on the same images. */
async function squarePlain(options: PlainOptions): Promise<{ rows: Row[]; accuracy: AccuracyRow[] }> {
  const rows: Row[] = [];
  const path = modelsPath(`zoo/${SQUARE_NETWORK}/model.json`);
  const float = await plainRows({ name: SQUARE_NETWORK, path, shape: [28, 28, 1] }, options, rows, new Map());
  const { images } = options;
  const accuracy: AccuracyRow = {
    key: `${SQUARE_NETWORK}/plain`,
    network: SQUARE_NETWORK,
    technique: 'plain',
    name: 'float32, tfjs',
    images: images.count,
    accuracy: shareOf(float.labels, images.labels),
    agreement: null,
    exactImages: null,
  };
  return { rows, accuracy: [accuracy] };
}

/** With what WebGPU has to say of a GPU. */
async function machineOf(model: string, shape: readonly number[]): Promise<Machine> {
  const inputs = new Float32Array(PIXELS);
  const job = { model, shape, inputs, count: 1, batches: [1], seconds: 0, wasmThreads: 1 };
  const answer = await runPlain({ ...job, backend: 'webgpu' });
  const found = 'absent' in answer ? undefined : answer.adapter;
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    gpu: found ? describeAdapter(found) : `none (${'absent' in answer ? answer.absent : 'no adapter'})`,
  };
}
