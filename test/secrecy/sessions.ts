/** Whole sessions over memory links, with all that was sent and all that it should hide. */
import { vi } from 'vitest';
import { roundingOf } from '../../circuits/spec.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Preprocessing } from '../../src/core/trust.js';
import { Bundle } from '../../src/correlations/bundle.js';
import { labelBytes } from '../../src/correlations/tables/sizes.js';
import { type HeJobs, heJobs } from '../../src/correlations/triples/he/jobs.js';
import { chunkSizes, LABEL_BYTES } from '../../src/gc/schedule.js';
import { multiply } from '../../src/kernels/multiply.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import type { PlanInput } from '../../src/plan/compile.js';
import { compileThree, type ThreePlan } from '../../src/plan/three.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { SEED_BYTES } from '../../src/platform/random.js';
import { levelBytes } from '../../src/sliced/planes.js';
import { sourcesOf } from '../../src/steps/step.js';
import { type BitsStep, EVALUATOR, GARBLER, type GarbledStep } from '../../src/steps/two.js';
import { decodeFrame, HEADER_BYTES } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { recorder } from '../support/recorder.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';
import { connectThree, runThree } from '../support/three.js';
import type { Evidence, Group, Vector } from './distinguisher.js';

/** A message, and where it belongs. */
export interface Message extends Vector {
  readonly link: string;
  readonly phase: string;
  readonly bundle: number;
  readonly step: number;
}

export interface Session<P> {
  readonly plan: P;
  readonly messages: readonly Message[];
  readonly evidence: Evidence;
  /** A party's share of a step's output; of three parties none is kept. */
  readonly shareOf: (party: number, bundle: number, step: number) => Uint8Array | undefined;
  /** What the client learnt, by bundle. */
  readonly outputs: readonly Uint32Array[];
}

const KERNELS = referenceKernels();
const BITS = 32;
const BUNDLES = 2;

class Tap {
  readonly messages: Message[] = [];
  readonly #salt: string;

  constructor(salt: string) {
    this.#salt = salt;
  }

  wrap(link: string, inner: Link): Link {
    return {
      onMessage: (receive) => inner.onMessage(receive),
      onClose: (closed) => inner.onClose(closed),
      pause: () => inner.pause(),
      resume: () => inner.resume(),
      close: () => inner.close(),
      send: (bytes) => {
        const { phase, bundle, step, sequence } = decodeFrame(bytes);
        const name = `${this.#salt} ${link} ${phase} ${bundle}, step ${step}, frame ${sequence}`;
        this.messages.push({ name, link, phase, bundle, step, bytes: bytes.slice(HEADER_BYTES) });
        return inner.send(bytes);
      },
    };
  }

  /** Frames of one step of one lane together, as words. */
  words(link: string, phase: string, bundle: number, step: number): Uint32Array | undefined {
    const parts = this.messages.filter(
      (message) =>
        message.link === link && message.phase === phase && message.bundle === bundle && message.step === step,
    );
    if (parts.length === 0) return undefined;
    return new Uint32Array(new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes))).buffer);
  }
}

function vector(name: string, words: Uint32Array): Vector {
  return { name, bytes: new Uint8Array(words.slice().buffer) };
}

/** What both parties hold of a tensor. */
class Shares {
  readonly #shares = new Map<string, Uint32Array>();

  put(party: number, bundle: number, step: number, share: Uint32Array): void {
    this.#shares.set(`${party} ${bundle} ${step}`, share.slice());
  }

  of(party: number, bundle: number, step: number): Uint32Array {
    return this.#shares.get(`${party} ${bundle} ${step}`)!;
  }

  value(bundle: number, step: number): Uint32Array {
    return KERNELS.add(BITS, this.of(0, bundle, step), this.of(1, bundle, step));
  }
}

/** What else than its own a session takes. */
interface Given {
  readonly x?: Uint32Array;
  /** Of x, for three parties, where the client does not share it. */
  readonly components?: readonly Uint32Array[];
}

/** Who prepares, with garbled circuits; a dealer, with masked bits; the parties, by silent transfers; or they, with masked bits. */
export type Way = Preprocessing | 'bits' | 'silent' | 'otBits' | 'silentBits';

const WAYS = {
  dealer: { preprocessing: 'dealer' },
  bits: { preprocessing: 'dealer', nonlinear: 'bits' },
  ot: { preprocessing: 'ot' },
  he: { preprocessing: 'he' },
  silent: { preprocessing: 'ot', transfers: 'silent' },
  otBits: { preprocessing: 'ot', nonlinear: 'bits' },
  silentBits: { preprocessing: 'ot', nonlinear: 'bits', transfers: 'silent' },
} as const satisfies Readonly<
  Record<Way, { preprocessing: Preprocessing } & Pick<PlanInput, 'nonlinear' | 'transfers'>>
>;

/** Two inferences on one input by two parties. */
export async function twoParties(
  model: FixedModel,
  batch: number,
  way: Way,
  salt: string,
  given: Given = {},
): Promise<Session<Plan>> {
  const { preprocessing, ...settings } = WAYS[way];
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compilePlan({ graph: model.graph, batch, trust, ...settings });
  const { x = randomIntegers(batch * sizeOf(model.graph.nodes[0]!.shape), BITS, 8, 'secrecy') } = given;
  recorder.begin(salt);
  const tap = new Tap(salt);
  const shares = new Shares();
  const inferences = [-1, -1];
  const put = vi.spyOn(Bundle.prototype, 'put');
  const answered = vi.spyOn(heJobs, 'heAnswer');
  try {
    const outcomes = await runAll(
      plan,
      model,
      Array.from({ length: BUNDLES }, () => x),
      connectAll(40_000, (name, inner) => tap.wrap(name, inner)),
      (party, index, share) => {
        if (index === 0) inferences[party]!++;
        shares.put(party, inferences[party]!, index, share);
      },
    );
    const bundles = [...new Set(put.mock.contexts as Bundle[])];
    const held = put.mock.calls.flatMap(([, { labels = [] }]) => labels.map((part) => part.slice()));
    const evidence: Evidence = {
      groups: [...groupsOf(plan, model, tap, shares), ...masksOf(salt, answered.mock.calls)],
      evaluatorHeld: held,
      deltas: bundles.flatMap(({ delta }) => (delta ? [delta] : [])),
    };
    const outputs = outcomes.map(({ output }) => output);
    const shareOf = (...at: Parameters<Shares['of']>): Uint8Array => vector('', shares.of(...at)).bytes;
    return { plan, messages: tap.messages, evidence, outputs, shareOf };
  } finally {
    put.mockRestore();
    answered.mockRestore();
  }
}

/** R of every answer by ring LWE: what is left of it where the product is known. */
function masksOf(salt: string, answered: readonly Parameters<HeJobs['heAnswer']>[]): Group[] {
  return answered.flatMap(([, { step, answers }], i) =>
    answers.map(({ answer, mask }): Group => {
      const series = `R of step ${step.index}`;
      return {
        message: vector(`${salt} ${series}, answer ${answer}, ${i}`, mask),
        series,
        width: step.width,
        secrets: [],
      };
    }),
  );
}

/** Every message with what it may hide: what its sender holds of the tensors that it is about, their values, weights, and products of masks. */
function groupsOf(plan: Plan, model: FixedModel, tap: Tap, shares: Shares): Group[] {
  // openings of masked bits come below, beside what they hide
  const split = new Set(openingMessages(plan, tap.messages));
  const whole = wholeSteps(
    plan,
    tap.messages.filter((message) => !split.has(message)),
  );
  const groups = whole.map((message): Group => {
    const step = plan.steps[message.step];
    // u is reduced to the width of its circuit
    const masked = step?.kind === 'garbled' && message.link === 'party 1->party 0' && message.phase === 'online';
    const secrets = secretsOf(plan, model, tap, shares, message);
    return { message, series: seriesOf(message), secrets, ...(masked ? { width: step.spec.width } : {}) };
  });
  const salt = tap.messages[0]!.name.split(' ')[0]!;
  for (const step of plan.steps) {
    if (step.kind === 'input' || step.kind === 'local') continue;
    const dealt = step.kind === 'linear' && plan.trust.preprocessing === 'dealer';
    const factor = dealt ? openedOf(tap, 'setup', 0, step.index) : undefined;
    if (factor) {
      const series = `F of step ${step.index}`;
      const secrets = [vector('the weights', model.parameters.get(step.index)!.weights)];
      groups.push({ message: vector(`${salt} ${series}`, factor), series, secrets });
    }
    for (let bundle = 0; bundle < BUNDLES; bundle++) {
      const secrets = [vector('the value', shares.value(bundle, step.index))];
      for (const party of [0, 1]) {
        const series = `party ${party}'s share of step ${step.index}`;
        const message = vector(`${salt} ${series}, ${bundle}`, shares.of(party, bundle, step.index));
        groups.push({ message, series, secrets });
      }
      if (step.kind === 'bits') groups.push(...openingsOf(step, tap, shares, bundle, salt));
      if (step.kind === 'garbled' && step.pool === undefined) groups.push(coloursOf(step, tap, shares, bundle, salt));
    }
  }
  return groups;
}

/** The colours of the labels of t that party 1 gets, and what they should hide: the bits of t. Party 1 knows u, so that t is y_0 to it. */
function coloursOf(step: GarbledStep, tap: Tap, shares: Shares, bundle: number, salt: string): Group {
  const { width, values } = step.spec;
  const sent = tap.words('party 0->party 1', 'online', bundle, step.index)!;
  const u = tap.words('party 1->party 0', 'online', bundle, step.index)!;
  const t = KERNELS.add(BITS, shares.of(0, bundle, step.source), u).map((word) => word + Number(roundingOf(step.spec)));
  const count = (sent.length * 4) / LABEL_BYTES;
  const [colours, bits] = [new Uint8Array(count >> 3), new Uint8Array(count >> 3)];
  let [at, first] = [0, 0];
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (let i = 0; i < labelBytes(step, n) / LABEL_BYTES; i++, at++) {
      const [wire, instance] = [Math.floor(i / n), i % n];
      const word = t[first + instance * values + Math.floor(wire / width)]!;
      colours[at >> 3]! |= (sent[at * 4]! & 1) << (at & 7);
      bits[at >> 3]! |= ((word >>> (wire % width)) & 1) << (at & 7);
    }
    first += n * values;
  }
  const series = `colours of step ${step.index}`;
  const message = { name: `${salt} ${series}, ${bundle}`, bytes: colours };
  return { message, series, secrets: [{ name: 'the bits of t', bytes: bits }] };
}

/** The first message of each step on masked bits of one chunk, to each party. */
function openingMessages(plan: Plan, messages: readonly Message[]): Message[] {
  const first = new Map<string, Message>();
  for (const message of messages) {
    const step = plan.steps[message.step];
    if (step?.kind !== 'bits' || message.phase !== 'online' || !isSplit(step)) continue;
    const key = `${message.link} ${message.bundle} ${message.step}`;
    if (!first.has(key)) first.set(key, message);
  }
  return [...first.values()];
}

function isSplit({ pool, groups }: BitsStep): boolean {
  return pool === undefined && groups.flat().length === 1;
}

/** What a step on masked bits begins with, and what it should hide: rows of each party's bits and of products of them, and its share of X. */
function openingsOf(step: BitsStep, tap: Tap, shares: Shares, bundle: number, salt: string): Group[] {
  if (!isSplit(step)) return [];
  const n = step.instances;
  return ([GARBLER, EVALUATOR] as const).flatMap((party): Group[] => {
    const { program, spec, finish } = step;
    const link = `party ${party}->party ${1 - party}`;
    const sent = tap.messages.find(
      (message) =>
        message.link === link && message.phase === 'online' && message.bundle === bundle && message.step === step.index,
    )!;
    const added = party === GARBLER ? Number(roundingOf(spec)) + (finish === 'carries' ? 2 ** (spec.width - 1) : 0) : 0;
    const words = shares.of(party, bundle, step.source).map((word) => word + added);
    const [count, products] =
      party === GARBLER ? [program.ownerRows, program.ownerProducts] : [program.helperRows, program.helperProducts];
    const each = levelBytes(1, n);
    const rows = new Uint8Array(count * each);
    const width = (party === GARBLER ? program.ownerBits : program.helperBits) / spec.values;
    for (const [at, word] of words.entries()) {
      const [instance, value] = [Math.floor(at / spec.values), at % spec.values];
      for (let k = 0; k < width; k++) {
        rows[(value * width + k) * each + (instance >> 3)]! |= ((word >>> k) & 1) << (instance & 7);
      }
    }
    for (let i = 0; i < products.length; i += 3) {
      const [a, b, out] = [products[i]!, products[i + 1]!, products[i + 2]!];
      for (let byte = 0; byte < each; byte++) rows[out * each + byte] = rows[a * each + byte]! & rows[b * each + byte]!;
    }
    const series = `${link}, masked bits of step ${step.index}`;
    const message = { name: `${salt} ${series}, ${bundle}`, bytes: sent.bytes.slice(0, rows.length) };
    const rest = { name: `${salt} ${link}, X of step ${step.index}, ${bundle}`, bytes: sent.bytes.slice(rows.length) };
    return [
      { message, series, secrets: [{ name: 'the bits of a share', bytes: rows }] },
      { message: rest, series: `${link}, X of step ${step.index}`, secrets: [] },
    ];
  });
}

/** Messages, those of a garbled step's chunks together: what they hide is one tensor. */
function wholeSteps(plan: Plan, messages: readonly Message[]): Message[] {
  const whole = new Map<string, Message>();
  for (const message of messages) {
    const { link, phase, bundle, step, name, bytes } = message;
    const masked = plan.steps[step]?.kind === 'garbled' && link === 'party 1->party 0' && phase === 'online';
    const key = masked ? `${bundle} ${step}` : name;
    const before = whole.get(key);
    const joined = before ? new Uint8Array(Buffer.concat([before.bytes, bytes])) : bytes;
    whole.set(key, { ...(before ?? message), bytes: joined });
  }
  return [...whole.values()];
}

function seriesOf({ link, phase, step }: Message): string {
  return `${link} ${phase}, step ${step}`;
}

function secretsOf(plan: Plan, model: FixedModel, tap: Tap, shares: Shares, message: Message): Vector[] {
  const step = plan.steps[message.step];
  if (message.link.startsWith('client')) return [vector('the input', shares.value(message.bundle, 0))];
  if (message.link.endsWith('client')) {
    const party = Number(message.link[6]);
    return [vector("its sender's share", shares.of(party, message.bundle, plan.graph.output))];
  }
  if (step === undefined) return [];
  if (message.phase === 'setup') {
    const weights = model.parameters.get(step.index)?.weights;
    return weights ? [vector('the weights', weights)] : [];
  }
  if (message.phase === 'online') {
    const party = Number(message.link[6]);
    return [...new Set(sourcesOf(step))].flatMap((source) => [
      vector(`its sender's share of ${source}`, shares.of(party, message.bundle, source)),
      vector(`the value of ${source}`, shares.value(message.bundle, source)),
    ]);
  }
  if (message.link !== 'dealer->party 1') return [];
  const product = maskProduct(plan, model, tap, shares, message);
  return product ? [vector('the product of masks', product)] : [];
}

/** What the parties' openings of a step add up to. */
function openedOf(tap: Tap, phase: string, bundle: number, step: number): Uint32Array | undefined {
  const [up, down] = ['party 1->party 0', 'party 0->party 1'].map((link) => tap.words(link, phase, bundle, step));
  return up && down ? KERNELS.add(BITS, up, down) : up;
}

/** A o B of a dealt triple, from what was opened: A = X - E, B = W - F. */
function maskProduct(
  plan: Plan,
  model: FixedModel,
  tap: Tap,
  shares: Shares,
  { bundle, step: index }: Message,
): Uint32Array | undefined {
  const step = plan.steps[index]!;
  const opened = (phase: string): Uint32Array | undefined =>
    openedOf(tap, phase, phase === 'setup' ? 0 : bundle, index);
  if (step.kind === 'linear') {
    const mask = KERNELS.sub(BITS, shares.value(bundle, step.source), opened('online')!);
    const factor = KERNELS.sub(BITS, model.parameters.get(index)!.weights, opened('setup')!);
    return KERNELS.conv2d(BITS, step.node.map, plan.batch, mask, factor);
  }
  if (step.kind !== 'product') return undefined;
  // E, then F
  const openings = opened('online')!;
  const each = openings.length / step.sources.length;
  const [a, b = a] = step.sources.map((source, i) =>
    KERNELS.sub(BITS, shares.value(bundle, source), openings.subarray(i * each, (i + 1) * each)),
  );
  return multiply(KERNELS, BITS, a!, b!);
}

/** Two inferences by three parties, on one input in the same components: what differs is randomness alone. */
export async function threeParties(
  model: FixedModel,
  batch: number,
  salt: string,
  byClient: boolean,
  given: Given = {},
): Promise<Session<ThreePlan>> {
  const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compileThree({ graph: model.graph, batch, trust });
  const count = batch * sizeOf(model.graph.nodes[0]!.shape);
  const {
    x = randomIntegers(count, BITS, 8, 'secrecy'),
    components = [0, 1, 2].map((i) => randomIntegers(count, BITS, 32, `component ${i}`)),
  } = given;
  recorder.begin(salt);
  const tap = new Tap(salt);
  /** First components, by party, bundle and step. */
  const held = new Map<string, Uint32Array>();
  const inferences = [-1, -1, -1];
  const outcomes = await runThree(
    plan,
    model,
    Array.from({ length: BUNDLES }, () => x),
    connectThree(40_000, (name, inner) => tap.wrap(name, inner)),
    (party, index, { first }) => {
      if (index === 0) inferences[party]!++;
      held.set(`${party} ${inferences[party]} ${index}`, first.slice());
    },
    byClient ? undefined : () => components,
  );
  const again = sentAgain(tap.messages);
  const groups = tap.messages
    .filter((message) => !again.has(message))
    .map((message): Group => {
      const share =
        message.link.endsWith('->3') && held.get(`${message.link[0]} ${message.bundle} ${plan.graph.output}`);
      const secrets = share ? [vector("its sender's share", share)] : [];
      return { message, series: seriesOf(message), secrets };
    });
  groups.push(...convertedOf(plan, held, salt));
  const evidence = { groups, evaluatorHeld: [], deltas: [] };
  const outputs = outcomes.map(({ output }) => output);
  return { plan, messages: tap.messages, evidence, outputs, shareOf: () => undefined };
}

/** Components that a Boolean step ends in: two of them are never sent, and each hides the value from the party that lacks it. */
function convertedOf(plan: ThreePlan, held: ReadonlyMap<string, Uint32Array>, salt: string): Group[] {
  const groups: Group[] = [];
  for (const step of plan.steps) {
    if (step.kind !== 'boolean') continue;
    for (let bundle = 0; bundle < BUNDLES; bundle++) {
      const components = [0, 1, 2].map((party) => held.get(`${party} ${bundle} ${step.index}`)!);
      const secrets = [
        vector(
          'the value',
          components.reduce((sum, component) => KERNELS.add(BITS, sum, component)),
        ),
      ];
      for (const [i, component] of components.entries()) {
        const series = `component ${i} of step ${step.index}`;
        groups.push({ message: vector(`${salt} ${series}, ${bundle}`, component), series, width: step.bits, secrets });
      }
    }
  }
  return groups;
}

/** What the owner and the client send a party as its second component, which the next party has as its first. */
function sentAgain(messages: readonly Message[]): Set<Message> {
  const again = new Set<Message>();
  const links = new Map<string, Message[]>();
  for (const message of messages) {
    if (!/^[34]/.test(message.link)) continue;
    const key = `${message.link} ${message.bundle}`;
    links.set(key, [...(links.get(key) ?? []), message]);
  }
  for (const sent of links.values()) {
    // the rest, which is no seed, is many frames of a model: it is the first component of party 2 and the second of party 1
    const firsts = sent[0]!.bytes.length === SEED_BYTES ? 1 : sent.length - 1;
    for (const message of sent.slice(firsts)) again.add(message);
  }
  return again;
}
