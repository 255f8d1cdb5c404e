/** Real views and simulated ones, side by side: the same messages in the same order, and nothing that tells them apart. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isHeStep } from '../../src/correlations/triples/he/sizes.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { ModelMaker } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { distinguish, homogeneity } from './distinguisher.js';
import { type Message, threeParties, twoParties } from './sessions.js';
import { type Simulated, simulateClient, simulateThree, simulateTwo } from './simulators.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

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

function compare(real: readonly Message[], ideal: readonly Simulated[], role: string): void {
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
    secrets: [],
  }));
  expect(distinguish({ groups, evaluatorHeld: [], deltas: [] })).toEqual([]);
}

describe.each([
  ['dealer', 16, 8],
  ['bits', 16, 8],
  ['ot', 16, 8],
  ['silent', 16, 8],
  ['otBits', 16, 8],
  ['silentBits', 16, 8],
  ['he', 48, 4],
] as const)('two parties, by %s', (by, size, batch) => {
  it('see what a simulator makes without the input, the model or the other party', async () => {
    const { plan, messages, outputs } = await twoParties(modelOf(size), batch, by, 'real');
    expect(plan.steps.some(isHeStep)).toBe(by === 'he');
    for (const party of [0, 1] as const)
      compare(messages, simulateTwo(plan, party, BUNDLES, `party ${party}`), `party ${party}`);
    const links = ['party 0->client', 'party 1->client'];
    compare(messages, simulateClient(plan, outputs, links, 'client'), 'client');
  });
});

it('three parties see what a simulator makes without the input, the model or the others', async () => {
  const { plan, messages, outputs } = await threeParties(modelOf(16), 8, 'real', true);
  for (const party of [0, 1, 2] as const)
    compare(messages, simulateThree(plan, party, BUNDLES, `party ${party}`), String(party));
  compare(messages, simulateClient(plan, outputs, ['0->3', '1->3', '2->3'], 'client'), '3');
});
