/** CryptoNets measured: the client here, the servers in worker threads. @module */
import { availableParallelism } from 'node:os';
import { peakMemoryBytes } from '#platform';
import { combiner } from './crt.js';
import {
  CRYPTONETS_DEGREE,
  encryptPixels,
  extrapolated,
  type ServerParts,
  type ServerResult,
  sampled,
  workOf,
} from './cryptonets.js';
import { bytesOf, common, foldFields, levelsOfAll, sum, timed, verdictOf } from './figures.js';
import { CRYPTONETS_MODULI, type HeFigures, type HeJob } from './measure.js';
import { type IntegerNetwork, toIntegers } from './network.js';
import { BfvClient, type BfvParameters, moduliFor, type SEALLibrary } from './seal.js';
import { lanesOf, runServers, type Served } from './workers.js';

export async function measureCryptonets(
  seal: SEALLibrary,
  { network: float, images, sample, threads: wanted }: HeJob,
  onProgress: (what: string) => void,
): Promise<HeFigures> {
  const whole = toIntegers(float);
  const network = sampled(whole, sample);
  const done = workOf(network).features / workOf(whole).features;
  const moduli = moduliFor(whole.bound, CRYPTONETS_DEGREE, CRYPTONETS_MODULI);
  const levels = levelsOfAll(images, float);
  const parties = moduli.map((plainModulus) => {
    const parameters: BfvParameters = { degree: CRYPTONETS_DEGREE, plainModulus };
    const [{ client, relinearisationKeys }, keysMs] = timed(() => {
      const client = new BfvClient(seal, parameters);
      return { client, relinearisationKeys: client.relinearisationKeys() };
    });
    onProgress(`encrypting ${levels.length} images modulo ${plainModulus}`);
    const [pixels, encryptMs] = timed(() => encryptPixels(client, levels));
    const bytes = { keys: relinearisationKeys.length, upload: bytesOf(pixels) };
    return { client, bytes, keysMs, encryptMs, job: { parameters, network, relinearisationKeys, pixels } };
  });
  const threads = Math.min(wanted ?? availableParallelism(), moduli.length);
  const served = await runServers(
    parties.map(({ job }) => job),
    threads,
    (fraction) => onProgress(`CryptoNets on the server: ${Math.floor(100 * fraction)} %`),
  );
  onProgress('decrypting');
  const clients = parties.map(({ client }) => client);
  const [logits, decryptMs] = timed(() => logitsOf(clients, served.results, images.count));
  const serverParts = serverPartsOf(served, threads, network, whole);
  return {
    packing: 'cryptonets',
    ...common(seal, clients[0]!, moduli),
    batch: images.count,
    threads,
    passes: 1,
    warmPasses: 0,
    ms: {
      keys: sum(parties.map(({ keysMs }) => keysMs)),
      serverSetup: longest(lanesOf(moduli.length, threads), (i) => served.setupMs[i]!),
      encrypt: sum(parties.map(({ encryptMs }) => encryptMs)),
      server: sum(Object.values(serverParts)),
      decrypt: decryptMs,
    },
    serverParts,
    sample: done,
    extrapolated: done < 1,
    bytes: {
      keys: sum(parties.map(({ bytes }) => bytes.keys)),
      upload: sum(parties.map(({ bytes }) => bytes.upload)),
      download: sum(served.results.map(({ outputs }) => bytesOf(outputs))),
    },
    noiseBudgetBits: Math.min(
      ...served.results.flatMap(({ outputs }, i) => outputs.map((bytes) => clients[i]!.noiseBudgetBits(bytes))),
    ),
    ...verdictOf(float, network, images, logits, done === 1),
    peakMemoryBytes: peakMemoryBytes(),
  };
}

/** Each image's logits from the slots of all classes and moduli. */
function logitsOf(clients: readonly BfvClient[], results: readonly ServerResult[], count: number): bigint[][] {
  const combine = combiner(clients.map(({ plainModulus }) => plainModulus));
  const opened = results.map(({ outputs }, i) => outputs.map((bytes) => clients[i]!.decrypt(bytes)));
  const classes = opened[0]!.length;
  return Array.from({ length: count }, (_, image) =>
    Array.from({ length: classes }, (_, o) => combine(opened.map((outputs) => outputs[o]![image]!))),
  );
}

/** The parts of the thread that takes longest for the whole network, and what passed beside the threads' work. */
function serverPartsOf(
  { results, ms }: Served,
  threads: number,
  network: IntegerNetwork,
  whole: IntegerNetwork,
): Record<string, number> {
  const [done, all] = [workOf(network), workOf(whole)];
  const lanes = lanesOf(results.length, threads);
  const busyMs = longest(lanes, (i) => msOf(results[i]!.parts));
  const full = results.map(({ parts }) => extrapolated(parts, done, all));
  const fullMs = longest(lanes, (i) => msOf(full[i]!));
  const slowest = lanes.find((lane) => sum(lane.map((i) => msOf(full[i]!))) === fullMs)!;
  return {
    ...foldFields(
      slowest.map((i) => full[i]!),
      sum,
    ),
    messagesMs: ms - busyMs,
  };
}

function longest(lanes: readonly (readonly number[])[], msOfJob: (job: number) => number): number {
  return Math.max(...lanes.map((lane) => sum(lane.map(msOfJob))));
}

function msOf(parts: ServerParts): number {
  return sum(Object.values(parts));
}
