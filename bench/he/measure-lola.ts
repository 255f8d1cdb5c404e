/** The packing for one image measured: client and server in turn, after an evaluation that warms up. @module */
import { peakMemoryBytes } from '#platform';
import { median } from '../measure.js';
import { bytesOf, common, foldFields, levelsOfAll, sum, timed, verdictOf } from './figures.js';
import { encryptWindows, LOLA_DEGREE, LolaServer, layoutOf, readLogits, rotationsOf } from './lola.js';
import type { HeFigures, HeJob } from './measure.js';
import { toIntegers } from './network.js';
import { BfvClient, type BfvParameters, moduliFor, type SEALLibrary } from './seal.js';

export function measureLola(
  seal: SEALLibrary,
  { network: float, images }: HeJob,
  onProgress: (what: string) => void,
): HeFigures {
  const network = toIntegers(float);
  const plainModulus = moduliFor(network.bound, LOLA_DEGREE, 1)[0]!;
  const parameters: BfvParameters = { degree: LOLA_DEGREE, plainModulus };
  onProgress('keys of the packing for one image');
  const [{ client, layout, keys }, keysMs] = timed(() => {
    const client = new BfvClient(seal, parameters);
    const layout = layoutOf(network, client.slots);
    const rotation = client.rotationKeys(rotationsOf(layout));
    return { client, layout, keys: { relinearisation: client.relinearisationKeys(), rotation } };
  });
  const [server, setupMs] = timed(() => new LolaServer(seal, parameters, network, keys));
  const evaluated = (pixels: Float64Array) => {
    const [taps, encryptMs] = timed(() => encryptWindows(client, network, pixels));
    const { output, parts } = server.run(taps);
    const [logits, decryptMs] = timed(() => readLogits(network, layout, client.decrypt(output)));
    const noiseBudgetBits = client.noiseBudgetBits(output);
    return { encryptMs, decryptMs, parts, noiseBudgetBits, logits, upload: bytesOf(taps), download: output.length };
  };
  const levels = levelsOfAll(images, float);
  onProgress('one image at a time: warming up');
  evaluated(levels[0]!);
  const runs = levels.map((pixels, i) => {
    onProgress(`one image at a time: ${i + 1} of ${images.count}`);
    return evaluated(pixels);
  });
  const serverParts = foldFields(
    runs.map(({ parts }) => parts),
    median,
  );
  return {
    packing: 'lola',
    ...common(seal, client, [plainModulus]),
    batch: 1,
    threads: 1,
    passes: runs.length,
    warmPasses: 1,
    ms: {
      keys: keysMs,
      serverSetup: setupMs,
      encrypt: median(runs.map(({ encryptMs }) => encryptMs)),
      server: sum(Object.values(serverParts)),
      decrypt: median(runs.map(({ decryptMs }) => decryptMs)),
    },
    serverParts,
    sample: 1,
    extrapolated: false,
    bytes: {
      keys: keys.relinearisation.length + keys.rotation.length,
      upload: median(runs.map(({ upload }) => upload)),
      download: median(runs.map(({ download }) => download)),
    },
    noiseBudgetBits: Math.min(...runs.map(({ noiseBudgetBits }) => noiseBudgetBits)),
    ...verdictOf(
      float,
      network,
      images,
      runs.map(({ logits }) => logits),
      true,
    ),
    peakMemoryBytes: peakMemoryBytes(),
  };
}
