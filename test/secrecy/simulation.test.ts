/** Real views and simulated ones, side by side: the same messages in the same order, and nothing that tells them apart. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isHeStep } from '../../src/correlations/triples/he/sizes.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import type { Plan } from '../../src/plan/two.js';
import { sourcesOf } from '../../src/steps/step.js';
import { ModelMaker } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { distinguish, homogeneity } from './distinguisher.js';
import { jointly, type Seen } from './joint.js';
import { type Message, type Session, threeParties, twoParties } from './sessions.js';
import { type Simulated, simulateClient, simulateThree, simulateTwo } from './simulators.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

beforeEach(() => {
  recorder.kept = [];
});
afterEach(() => recorder.repair());

/** Whole rows of bits in every message, so that no padding is left over. */
const modelOf = (size: number): FixedModel => {
  const maker = new ModelMaker(32, [size]).dense(size);
  const sums = maker.last;
  maker.nonlinear({ width: 24, shift: 8 }).dense(size);
  const more = maker.last;
  maker.product(sums, more).product(more);
  return maker.nonlinear({ activation: 'none', width: 32, shift: 16 }).dense(size).done();
};
const BUNDLES = 2;

/** Messages to a role, lane by lane. */
function lanesTo<M extends Pick<Message, 'link' | 'phase' | 'bundle' | 'step' | 'bytes'>>(
  messages: readonly M[],
  role: string,
): Map<string, M[]> {
  const lanes = new Map<string, M[]>();
  for (const message of messages) {
    if (!message.link.endsWith(`->${role}`)) continue;
    const lane = `${message.link} ${message.phase} ${message.bundle}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), message]);
  }
  return lanes;
}

/** What tells a role's whole view from the simulated one. @param sharesFor the role's shares of what a message is of */
function together(
  real: readonly Message[],
  ideal: readonly Simulated[],
  role: string,
  sharesFor: (message: Message) => readonly Uint8Array[] = () => [],
): string[] {
  const made = lanesTo(ideal, role);
  const seen = [...lanesTo(real, role)].flatMap(([lane, messages]) =>
    messages.map((message, i): Seen => {
      const shares = sharesFor(message);
      return { ...message, real: message.bytes, ideal: made.get(lane)![i]!.bytes, shares };
    }),
  );
  const named = /^[012]$/.test(role) ? `party ${role}` : role;
  const own = recorder.kept!.filter((each) => each.role === named).map(({ bytes }) => bytes);
  return jointly(seen, own);
}

/** A party's shares of what a message between parties is of, online. */
function sharesIn({ plan, shareOf }: Session<Plan>, party: number): (message: Message) => readonly Uint8Array[] {
  return ({ phase, bundle, step }) => {
    const of = phase === 'online' ? plan.steps[step] : undefined;
    return (of ? sourcesOf(of) : []).flatMap((source) => shareOf(party, bundle, source) ?? []);
  };
}

/** Bits of each word of a message that count, where not all do: u is reduced to the width of its circuit. */
const widthIn =
  ({ steps }: Plan) =>
  ({ link, phase, step }: Simulated): number | undefined => {
    const of = steps[step];
    const isReduced = of?.kind === 'garbled' && link === 'party 1->party 0' && phase === 'online';
    return isReduced ? of.spec.width : undefined;
  };

function compare(
  real: readonly Message[],
  ideal: readonly Simulated[],
  role: string,
  widthOf: (message: Simulated) => number | undefined = () => undefined,
): void {
  const [seen, made] = [lanesTo(real, role), lanesTo(ideal, role)];
  expect([...made.keys()].sort()).toEqual([...seen.keys()].sort());
  const series = new Map<string, [Uint8Array[], Uint8Array[]]>();
  for (const [lane, messages] of seen) {
    const shape = (list: readonly Simulated[]): string[] =>
      list.map(({ step, bytes }) => `step ${step}, ${bytes.length} bytes`);
    expect(shape(made.get(lane)!), lane).toEqual(shape(messages));
    for (const [i, { link, phase, step, bytes }] of messages.entries()) {
      const key = `${link} ${phase} ${step}`;
      const [a, b] = series.get(key) ?? [[], []];
      series.set(key, [
        [...a, bytes],
        [...b, made.get(lane)![i]!.bytes],
      ]);
    }
  }
  for (const [key, [a, b]] of series) {
    expect(homogeneity(Buffer.concat(a), Buffer.concat(b)), key).toBe(true);
  }
  // and the ideal world stands before the distinguisher as it should
  const groups = ideal.map((message, i) => ({
    message: { name: `simulated ${i}`, bytes: message.bytes },
    series: `${i}`,
    width: widthOf(message),
    secrets: [],
  }));
  expect(distinguish({ groups, evaluatorHeld: [], deltas: [] })).toEqual([]);
}

describe.each([
  ['dealer', 16, 16],
  ['bits', 16, 16],
  ['ot', 16, 16],
  ['silent', 16, 16],
  ['otBits', 16, 16],
  ['silentBits', 16, 16],
  ['he', 48, 8],
] as const)('two parties, by %s', (by, size, batch) => {
  it('see what a simulator makes without the input, the model or the other party', async () => {
    const session = await twoParties(modelOf(size), batch, by, 'real');
    const { plan, messages, outputs } = session;
    expect(plan.steps.some(isHeStep)).toBe(by === 'he');
    for (const party of [0, 1] as const) {
      const [ideal, role] = [simulateTwo(plan, party, BUNDLES, `party ${party}`), `party ${party}`];
      compare(messages, ideal, role, widthIn(plan));
      expect(together(messages, ideal, role, sharesIn(session, party))).toEqual([]);
    }
    const links = ['party 0->client', 'party 1->client'];
    compare(messages, simulateClient(plan, outputs, links, 'client'), 'client');
  });
});

it('three parties see what a simulator makes without the input, the model or the others', async () => {
  const { plan, messages, outputs } = await threeParties(modelOf(16), 16, 'real', true);
  for (const party of [0, 1, 2] as const) {
    const ideal = simulateThree(plan, party, BUNDLES, `party ${party}`);
    compare(messages, ideal, String(party));
    expect(together(messages, ideal, String(party))).toEqual([]);
  }
  compare(messages, simulateClient(plan, outputs, ['0->3', '1->3', '2->3'], 'client'), '3');
});

describe('a mask that serves for two messages is seen in a view', () => {
  const merged = (name: string, keep: (indices: readonly number[]) => readonly number[]): void => {
    recorder.spoilIndices = (label, indices) => (label === name ? keep(indices) : indices);
  };

  it('of two parties: that of linear steps, whatever the step', async () => {
    merged('linear/mask', () => []);
    const session = await twoParties(modelOf(16), 16, 'dealer', 'real');
    const told = ([0, 1] as const).flatMap((party) => {
      const [ideal, role] = [simulateTwo(session.plan, party, BUNDLES, `party ${party}`), `party ${party}`];
      return together(session.messages, ideal, role, sharesIn(session, party));
    });
    expect(told).not.toEqual([]);
  });

  it('of three parties: streams that are the same in both inferences', async () => {
    merged('three/step', ([, step]) => [step!]);
    const { plan, messages } = await threeParties(modelOf(16), 16, 'real', false);
    const told = ([0, 1, 2] as const).flatMap((party) =>
      together(messages, simulateThree(plan, party, BUNDLES, `party ${party}`), String(party)),
    );
    expect(told).not.toEqual([]);
  });
});
