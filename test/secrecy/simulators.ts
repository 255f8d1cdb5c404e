/**
 * Simulators: what a role sees, made from the public plan and the role's own output alone.
 *
 * In the ideal world a trusted function takes the model and the input and gives the client its output, and nothing to any other role. A simulator makes
 * the messages that a role gets in the real world without any other role's input: where nothing tells them from real ones, the real ones
 * say nothing of those inputs (Goldreich, Foundations of Cryptography II, section 7.2.2; semi-honest, static corruption of one role).
 *
 * Every message but the client's is uniform in its domain; the domains differ: words, words below 2^m, labels, points of a group.
 */
import { createHash } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { weightSize } from '../../src/core/linear-map.js';
import { crossTermsOf } from '../../src/correlations/bits/cross-terms.js';
import { openingBytes, segmentBytes } from '../../src/correlations/bits/sizes.js';
import { choicePieces, crossBytes, rowTransfers } from '../../src/correlations/bits/transfer-sizes.js';
import { choiceBytes } from '../../src/correlations/choice-sizes.js';
import { shapeOf } from '../../src/correlations/cross-term-sizes.js';
import { isSquare, productWords } from '../../src/correlations/products/pair.js';
import { garbledTransfers, labelBytes, maskWords, outputWords } from '../../src/correlations/tables/sizes.js';
import { heRings, isHeStep } from '../../src/correlations/triples/he/sizes.js';
import * as triple from '../../src/correlations/triples/triple.js';
import { chunkSizes, LABEL_BYTES, segmentSizes } from '../../src/gc/schedule.js';
import { Packing } from '../../src/he/packing/packing.js';
import { answerBytes, ciphertextBytes, publicKeyBytes } from '../../src/he/sizes.js';
import { packedBytes } from '../../src/kernels/boolean.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { gilboaSegments } from '../../src/ot/pieces.js';
import { baseTransfers, iterationBytes } from '../../src/ot/silent/parameters.js';
import { DELTA_BITS, extensionBytes, setupBytes } from '../../src/ot/sizes.js';
import { linearSteps } from '../../src/plan/compile.js';
import { inputWords } from '../../src/plan/plan.js';
import type { ThreePlan } from '../../src/plan/three.js';
import type { Plan } from '../../src/plan/two.js';
import { SEED_BYTES } from '../../src/platform/random.js';
import { SENDERS } from '../../src/protocols/three/moves.js';
import { factorBytes, sumBytes } from '../../src/protocols/three/sizes.js';
import { levelBytes } from '../../src/sliced/planes.js';
import { nextOf, OWNER, PARTIES, type Party, SECOND_HELPER } from '../../src/steps/three.js';
import { EVALUATOR, GARBLER, opens, otherOf } from '../../src/steps/two.js';
import { CLIENT, MODEL_OWNER } from '../support/three.js';

/** A message that a role gets. */
export interface Simulated {
  readonly link: string;
  readonly phase: string;
  readonly bundle: number;
  readonly step: number;
  readonly bytes: Uint8Array;
}

const BITS = 32;
const KERNELS = referenceKernels();

/** The ideal world's coins. */
class Coins {
  #used = 0;
  readonly #salt: string;

  constructor(salt: string) {
    this.#salt = salt;
  }

  bytes(count: number): Uint8Array {
    const stream = createHash('shake256', { outputLength: count }).update(`ideal ${this.#salt} ${this.#used++}`);
    return new Uint8Array(stream.digest());
  }

  words(count: number): Uint32Array {
    return new Uint32Array(this.bytes(4 * count).buffer);
  }

  /** Words below 2^width. */
  below(count: number, width: number): Uint8Array {
    return new Uint8Array(this.words(count).map((word) => (width === 32 ? word : word & (2 ** width - 1))).buffer);
  }

  points(count: number): Uint8Array {
    const { Point } = ristretto255;
    const encoded = Array.from({ length: count }, () => {
      const wide = this.bytes(64).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      return Point.BASE.multiply(Point.Fn.create(wide)).toBytes();
    });
    return new Uint8Array(Buffer.concat(encoded));
  }
}

/** Shares of an output: all but the last uniform, the last what is left. */
function* shared(coins: Coins, output: Uint32Array, parties: number): Generator<Uint8Array> {
  let rest = output;
  for (let i = 1; i < parties; i++) {
    const share = coins.words(output.length);
    rest = KERNELS.sub(BITS, rest, share);
    yield new Uint8Array(share.buffer);
  }
  yield new Uint8Array(rest.slice().buffer);
}

/** The client of two or three parties: it sees shares of its own output. */
export function simulateClient(
  plan: Plan | ThreePlan,
  outputs: readonly Uint32Array[],
  links: readonly string[],
  salt: string,
): Simulated[] {
  const coins = new Coins(salt);
  return outputs.flatMap((output, bundle) =>
    [...shared(coins, output, links.length)].map((bytes, i) => ({
      link: links[i]!,
      phase: 'online',
      bundle,
      step: plan.steps.length,
      bytes,
    })),
  );
}

/** Party 0 or 1 of two. */
export function simulateTwo(
  plan: Plan,
  party: typeof GARBLER | typeof EVALUATOR,
  bundles: number,
  salt: string,
): Simulated[] {
  const coins = new Coins(salt);
  const seen: Simulated[] = [];
  const { batch, softSpokenK: k } = plan;
  const dealer = plan.trust.preprocessing === 'dealer';
  const peer = `party ${1 - party}->party ${party}`;
  const see = (link: string, phase: string, bundle: number, step: number, bytes: Uint8Array): void => {
    seen.push({ link, phase, bundle, step, bytes });
  };
  // the model: a seed, or what is left of it
  if (party === GARBLER) see('owner->party 0', 'setup', 0, 0, coins.bytes(SEED_BYTES));
  for (const { index, node } of linearSteps(plan)) {
    if (party === GARBLER) continue;
    see('owner->party 1', 'setup', 0, index, coins.bytes(4 * weightSize(node.map)));
    see('owner->party 1', 'setup', 0, index, coins.bytes(4 * node.map.outChannels));
  }
  // set-up: the seed of the reveal, and the opening F, or base transfers
  if (dealer) see(`dealer->party ${party}`, 'setup', 0, 0, coins.bytes(SEED_BYTES));
  if (party === EVALUATOR) see(peer, 'setup', 0, 0, coins.bytes(SEED_BYTES));
  if (dealer) {
    for (const { index, node } of linearSteps(plan))
      see(peer, 'setup', 0, index, coins.bytes(4 * weightSize(node.map)));
  } else {
    const [, , trees] = setupBytes(k);
    see(peer, 'setup', 0, 1, coins.points(1));
    for (const ring of heRings(plan.steps.filter(isHeStep))) {
      see(peer, 'setup', 0, 4, coins.bytes(publicKeyBytes(ring)));
    }
    see(peer, 'setup', 0, 2, coins.points(DELTA_BITS));
    see(peer, 'setup', 0, 3, coins.bytes(trees));
    // what the extension corrects for the first silent transfers of which this party is the sender
    const base = plan.silent?.[party];
    if (base) see(peer, 'setup', 0, 5, coins.bytes(extensionBytes(k, baseTransfers(base), false)));
  }
  for (let bundle = 0; bundle < bundles; bundle++) {
    // offline
    if (dealer) see(`dealer->party ${party}`, 'offline', bundle, 0, coins.bytes(SEED_BYTES));
    // where hash keys start, and sums of nodes under labels that the sender alone knows: uniform but for what opens them
    const silent = plan.silent?.[1 - party];
    for (let iteration = 0; iteration < (silent?.iterations ?? 0); iteration++) {
      const lane = party === GARBLER ? 'reverse' : 'offline';
      see(peer, lane, bundle, plan.steps.length, coins.bytes(iterationBytes(silent!)));
    }
    for (const step of plan.steps) {
      const offline = (link: string, phase: string, bytes: number): void =>
        see(link, phase, bundle, step.index, coins.bytes(bytes));
      if (step.kind === 'garbled') {
        for (const n of chunkSizes(step.schedule, step.instances)) {
          if (party === EVALUATOR) {
            const link = dealer ? 'dealer->party 1' : peer;
            for (const bytes of segmentSizes(step.schedule, n)) offline(link, 'offline', bytes);
            offline(link, 'offline', 4 * outputWords(BITS, step, n));
          } else if (!dealer && !plan.silent)
            offline(peer, 'offline', extensionBytes(k, garbledTransfers(step, n), false));
        }
      } else if (step.kind === 'bits') {
        if (dealer) {
          if (party === EVALUATOR)
            for (const n of step.groups.flat()) offline('dealer->party 1', 'offline', segmentBytes(step, n));
          continue;
        }
        // where keys start and choices under the transfers' own masks; what the other adds to pads of labels that this party has one of each pair of
        const [asSender, asReceiver] = party === GARBLER ? ['offline', 'reverse'] : ['reverse', 'offline'];
        const [serving, choosing] = [crossTermsOf(step)[party], crossTermsOf(step)[otherOf(party)]];
        for (const n of step.groups.flat()) {
          if (serving.choices.length > 0) offline(peer, asSender!, LABEL_BYTES);
          for (const { count } of choicePieces(serving.choices.length, n)) {
            offline(peer, asSender!, choiceBytes({ transfers: plan.transfers, k }, count * rowTransfers(n), true));
          }
          if (choosing.choices.length > 0) offline(peer, asReceiver!, crossBytes(choosing, n));
        }
      } else if (step.kind === 'linear' || step.kind === 'product') {
        if (dealer) {
          const words = step.kind === 'linear' ? triple.outputWords(BITS, batch, step) : productWords(BITS, step);
          if (party === EVALUATOR) offline('dealer->party 1', 'offline', 4 * words);
          continue;
        }
        const [asSender, asReceiver] = party === GARBLER ? ['offline', 'reverse'] : ['reverse', 'offline'];
        if (isHeStep(step)) {
          // ciphertexts are uniform without the key; answers by the mask, and by an encryption of zero and flooding that nobody but their sender knows
          const { layout, parameters } = step.triples;
          const packing = new Packing(step.node.map, layout);
          for (let i = 0; i < packing.inputs; i++) offline(peer, asSender!, ciphertextBytes(parameters.ring));
          for (let i = 0; i < packing.answers; i++) {
            offline(peer, asReceiver!, answerBytes(parameters, packing.outputsIn(i)));
          }
          continue;
        }
        // transfers in which this party is the sender have one lane, those in which it is the receiver another
        const { fans, m } = shapeOf(BITS, batch, step);
        const one = step.kind === 'product' && isSquare(step);
        if (!one || party === GARBLER)
          offline(peer, asSender!, choiceBytes({ transfers: plan.transfers, k }, fans.count * m, true));
        if (!one || party === EVALUATOR) for (const bytes of gilboaSegments(fans, m)) offline(peer, asReceiver!, bytes);
      }
    }
    // online
    const words = inputWords(plan);
    see(`client->party ${party}`, 'online', bundle, 0, coins.bytes(party === GARBLER ? SEED_BYTES : 4 * words));
    for (const step of plan.steps) {
      const online = (bytes: Uint8Array): void => see(peer, 'online', bundle, step.index, bytes);
      if (step.kind === 'linear') {
        if (party === GARBLER || !step.sourceKnown) online(coins.bytes(4 * triple.inputWords(BITS, batch, step)));
      } else if (step.kind === 'product') {
        const other = party === GARBLER ? EVALUATOR : GARBLER;
        for (const factor of step.sources.keys()) {
          if (opens(other, step, factor)) online(coins.bytes(4 * productWords(BITS, step)));
        }
      } else if (step.kind === 'garbled') {
        for (const n of chunkSizes(step.schedule, step.instances)) {
          if (party === GARBLER) online(coins.below(maskWords(BITS, step, n), step.spec.width));
          else online(coins.bytes(labelBytes(step, n)));
        }
      } else if (step.kind === 'bits') {
        for (const group of step.groups) {
          for (const n of group) online(coins.bytes(openingBytes(step, otherOf(party), n)));
          for (const { outs } of step.program.levels) {
            if (outs.length > 0) for (const n of group) online(coins.bytes(levelBytes(outs.length, n)));
          }
        }
      }
    }
  }
  return seen;
}

/** One of three parties. */
export function simulateThree(plan: ThreePlan, party: Party, bundles: number, salt: string): Simulated[] {
  const coins = new Coins(salt);
  const seen: Simulated[] = [];
  const see = (from: number, phase: string, bundle: number, step: number, bytes: number): void => {
    seen.push({ link: `${from}->${party}`, phase, bundle, step, bytes: coins.bytes(bytes) });
  };
  const REST = 2;
  for (const component of [party, nextOf(party)]) {
    if (component !== REST) see(MODEL_OWNER, 'setup', 0, 0, SEED_BYTES);
    else {
      for (const { index, node } of linearSteps(plan)) {
        see(MODEL_OWNER, 'setup', 0, index, 4 * weightSize(node.map));
        see(MODEL_OWNER, 'setup', 0, index, 4 * node.map.outChannels);
      }
    }
  }
  see(nextOf(party), 'setup', 0, 0, SEED_BYTES);
  for (let bundle = 0; bundle < bundles; bundle++) {
    for (const component of [party, nextOf(party)]) {
      see(CLIENT, 'online', bundle, 0, component === REST ? 4 * inputWords(plan) : SEED_BYTES);
    }
    for (const step of plan.steps) {
      const from = (sender: number, bytes: number): void => see(sender, 'online', bundle, step.index, bytes);
      if (step.kind === 'linear' || step.kind === 'product') {
        if (SENDERS[step.reads].includes(nextOf(party))) from(nextOf(party), packedBytes(step.elements, step.bits));
      } else if (step.kind === 'boolean') {
        for (const group of step.groups) {
          for (const n of group) if (party === SECOND_HELPER) from(OWNER, levelBytes(step.program.ownerRows, n));
          for (const { outs } of step.program.levels) {
            if (outs.length > 0) for (const n of group) from(nextOf(party), levelBytes(outs.length, n));
          }
          for (const n of group) if (party === SECOND_HELPER) from(OWNER, factorBytes(step, n));
          for (const n of group)
            if (party !== OWNER) from(PARTIES.find((other) => other !== OWNER && other !== party)!, sumBytes(step, n));
        }
      }
    }
  }
  return seen;
}
