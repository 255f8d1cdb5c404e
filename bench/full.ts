/** `tacit bench report`: every measurement in turn, one object. @module */
import { modelsPath } from '../models/mnist.js';
import { SQUARE_NETWORK } from '../models/zoo.js';
import { checkHe, type HeFigures, measureHe } from './he/measure.js';
import { loadCryptonets } from './he/network.js';
import { heAccuracy, heRow } from './he/rows.js';
import { firstImages } from './images.js';
import { measureLayers } from './layers.js';
import { environmentOf } from './machine.js';
import { MODES } from './modes.js';
import { measureNetworks, measurePlain } from './networks.js';
import { type LinkName, RESULTS_VERSION, type Results } from './results.js';
import { measureScaling, SCALING_IMAGES } from './scaling.js';
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
  readonly onProgress?: (what: string) => void;
}

/** @throws TacitError of the part that failed */
export async function measureAll(options: FullOptions): Promise<Results> {
  const { models, sample, quick, command, onProgress = () => {} } = options;
  const start = performance.now();
  const extent = quick ? QUICK : WHOLE;
  const { seconds, rowSeconds, accuracySeconds, links, batches } = extent;
  // what is not installed is said now, not after minutes
  const heImages = firstImages(sample > 0 ? extent.heImages : 0);
  if (sample > 0) await checkHe(await loadCryptonets(), sample);
  const images = firstImages(extent.images);
  const subjects = [];
  for (const name of models) subjects.push(await loadSubject(name));
  onProgress('links against their nominal latency and rate');
  const checks = await checkLinks();
  const plainOptions = { images, seconds, onProgress };
  const networks = await measureNetworks({
    ...plainOptions,
    subjects,
    modes: MODES,
    links,
    batches,
    rowSeconds,
    accuracySeconds,
  });
  const main = subjects.at(-1)!;
  const layers = await measureLayers({
    name: main.name,
    model: main.model,
    modes: MODES,
    batch: extent.layerBatch,
    onProgress,
  });
  // 64 images at once of a network that is measured on one would not fit
  const scaled = subjects.find(({ path }) => path !== undefined) ?? (await loadSubject('secureml'));
  const inputs = inputsOf(scaled, firstImages(SCALING_IMAGES), SCALING_IMAGES);
  const scaling = await measureScaling({
    modes: MODES,
    network: { name: scaled.name, model: scaled.model, inputs },
    quick,
    onProgress,
  });
  let rows = networks.rows;
  let accuracy = networks.accuracy;
  if (sample > 0 && !models.includes(SQUARE_NETWORK)) {
    // on the images of HE, and before it: what this process has held counts for those that it forks
    const path = modelsPath(`zoo/${SQUARE_NETWORK}/model.json`);
    const subject = { name: SQUARE_NETWORK, path, shape: [28, 28, 1] };
    const square = await measurePlain(subject, { ...plainOptions, images: heImages });
    rows = [...rows, ...square.rows];
    accuracy = [...accuracy, square.accuracy];
  }
  const environment = await environmentOf();
  const he: HeFigures[] =
    sample > 0
      ? await measureHe({
          network: await loadCryptonets(),
          images: heImages,
          sample,
          single: extent.heSingle,
          onProgress,
        })
      : [];
  return {
    version: RESULTS_VERSION,
    ...environment,
    seconds: Math.round((performance.now() - start) / 1000),
    command,
    rows: [...rows, ...he.flatMap((figures) => LINKS.map((link) => heRow(figures, link)))],
    accuracy: [...accuracy, ...he.flatMap(heAccuracy)],
    layers,
    scaling,
    links: checks,
    he,
    absent: networks.absent,
  };
}
