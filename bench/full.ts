/** `tacit bench report`: every measurement in turn, one object. @module */
import { modelsPath } from '../models/mnist.js';
import { SQUARE_NETWORK } from '../models/zoo.js';
import type { Part } from './agenda.js';
import { checkHe, heJobs, measureHe } from './he/measure.js';
import { loadCryptonets } from './he/network.js';
import { heAccuracy, heRow } from './he/rows.js';
import { firstImages } from './images.js';
import { layerJobs, measureLayers } from './layers.js';
import { environmentOf } from './machine.js';
import { MODES } from './modes.js';
import { measureNetworks, measurePlain, networkJobs, plainJobs } from './networks.js';
import { type LinkName, RESULTS_VERSION, type Results } from './results.js';
import { measureScaling, SCALING_IMAGES, scalingJobs } from './scaling.js';
import { checkLinks } from './shaping.js';
import { inputsOf, loadSubject } from './subjects.js';

const LINKS: readonly LinkName[] = ['none', 'lan', 'wan'];
/** Images that one CryptoNets evaluation serves: as many as there are slots. */
const HE_IMAGES = 8192;

/** How much of everything. */
const WHOLE = {
  images: 1000,
  seconds: 1,
  rowSeconds: 4,
  accuracySeconds: 60,
  links: LINKS,
  batches: [1, 16, 128],
  layerBatch: 8,
  heImages: HE_IMAGES,
  heSingle: 10,
} as const;
const QUICK = {
  images: 16,
  seconds: 0.05,
  rowSeconds: 0,
  accuracySeconds: 0,
  links: ['none', 'wan'],
  batches: [1, 4],
  layerBatch: 1,
  heImages: 16,
  heSingle: 1,
} as const;

export interface FullOptions {
  readonly models: readonly string[];
  /** The part of CryptoNets' convolution that the server computes; 0 leaves homomorphic encryption out. */
  readonly sample: number;
  /** Everything once and little of it: to see that all parts work. */
  readonly quick: boolean;
  readonly command: string;
  /** Told what is to be done before the first measurement, then what begins. */
  readonly onAgenda?: (parts: readonly Part[]) => void;
  readonly onProgress?: (what: string) => void;
}

const LINKS_TITLE = 'links against their nominal latency and rate';
const LINKS_MS = 4000;

/** @throws TacitError of the part that failed */
export async function measureAll(options: FullOptions): Promise<Results> {
  const { models, sample, quick, command, onAgenda = () => {}, onProgress = () => {} } = options;
  const start = performance.now();
  const extent = quick ? QUICK : WHOLE;
  // what is not installed is said now, not after minutes
  const square = sample > 0 ? await loadCryptonets() : undefined;
  if (square) await checkHe(square, sample);
  const subjects = [];
  for (const name of models) subjects.push(await loadSubject(name));
  const environment = await environmentOf();

  const plainOptions = { images: firstImages(extent.images), seconds: extent.seconds, onProgress };
  const { links, batches, rowSeconds, accuracySeconds } = extent;
  const networkOptions = { ...plainOptions, subjects, modes: MODES, links, batches, rowSeconds, accuracySeconds };
  const main = subjects.at(-1)!;
  const layerOptions = { name: main.name, model: main.model, modes: MODES, batch: extent.layerBatch, onProgress };
  // 64 images at once of a network that is measured on one would not fit
  const scaled = subjects.find(({ path }) => path !== undefined) ?? (await loadSubject('secureml'));
  const inputs = inputsOf(scaled, firstImages(SCALING_IMAGES), SCALING_IMAGES);
  const scalingOptions = { modes: MODES, network: { ...scaled, inputs }, quick, onProgress };
  const heOptions = { images: firstImages(square ? extent.heImages : 0), sample, single: extent.heSingle, onProgress };
  const squareSubject = {
    name: SQUARE_NETWORK,
    path: modelsPath(`zoo/${SQUARE_NETWORK}/model.json`),
    shape: [28, 28, 1],
  };
  const squareOptions = { ...plainOptions, images: heOptions.images };
  const squareAlone = square !== undefined && !models.includes(SQUARE_NETWORK);
  onAgenda([
    { title: 'links', jobs: [{ what: LINKS_TITLE, ms: LINKS_MS }] },
    ...subjects.map((subject) => ({
      title: `${subject.name}: plaintext and MPC`,
      jobs: networkJobs(subject, networkOptions),
    })),
    { title: `layers of ${main.name}`, jobs: layerJobs(layerOptions) },
    { title: 'scaling', jobs: scalingJobs(scalingOptions) },
    ...(squareAlone ? [{ title: `${SQUARE_NETWORK}: plaintext`, jobs: plainJobs(squareSubject, squareOptions) }] : []),
    ...(square ? [{ title: 'homomorphic encryption', jobs: heJobs(heOptions) }] : []),
  ]);

  onProgress(LINKS_TITLE);
  const checks = await checkLinks();
  const networks = await measureNetworks(networkOptions);
  const layers = await measureLayers(layerOptions);
  const scaling = await measureScaling(scalingOptions);
  // on the images of HE, and before it: what this process has held counts for those that it forks
  const plainSquare = squareAlone ? await measurePlain(squareSubject, squareOptions) : undefined;
  const he = square ? await measureHe({ ...heOptions, network: square }) : [];
  return {
    version: RESULTS_VERSION,
    ...environment,
    seconds: Math.round((performance.now() - start) / 1000),
    command,
    rows: [
      ...networks.rows,
      ...(plainSquare?.rows ?? []),
      ...he.flatMap((figures) => LINKS.map((link) => heRow(figures, link))),
    ],
    accuracy: [...networks.accuracy, ...(plainSquare ? [plainSquare.accuracy] : []), ...he.flatMap(heAccuracy)],
    layers,
    scaling,
    links: checks,
    he,
    absent: networks.absent,
  };
}
