/** What the digest of a plan covers, and which graphs are refused. */
import { describe, expect, it } from 'vitest';
import { gather, range } from '../../src/core/nd.js';
import type { TwoPartyTrust } from '../../src/core/trust.js';
import type { FixedGraph } from '../../src/model/fixed-model.js';
import { bundlesPerSession } from '../../src/offline/transfer.js';
import { lastUses, PROTOCOL_VERSION } from '../../src/plan/compile.js';
import { SESSION_HASHES, transferCounts, transferHashes } from '../../src/plan/transfers.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';

const trust: TwoPartyTrust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' };
const { graph } = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const input = { graph, batch: 1, trust };
const { digest } = compilePlan(input);

describe('the digest of a plan', () => {
  it.each([
    ['batch', { batch: 2 }],
    ['who prepares', { trust: { ...trust, preprocessing: 'dealer' } as const }],
    ['what is revealed', { trust: { ...trust, reveal: 'label' } as const }],
    ["SoftSpokenOT's parameter", { softSpokenK: 5 }],
    ['how non-linear steps are computed', { nonlinear: 'bits' as const }],
    ['the network', { network: { rttMs: 80, mbit: 200 } }],
    [
      'a width',
      {
        graph: {
          ...graph,
          nodes: graph.nodes.map((node) => (node.op === 'nonlinear' ? { ...node, width: 21 } : node)),
        },
      },
    ],
    ['the name of a layer', { graph: { ...graph, nodes: graph.nodes.map((node) => ({ ...node, name: 'other' })) } }],
  ] as const)('covers %s', (_, change) => {
    expect(compilePlan({ ...input, ...(change as Partial<typeof input>) }).digest).not.toBe(digest);
  });

  it('is the same for the same input', () => {
    expect(compilePlan({ ...input, graph: structuredClone(graph) as FixedGraph }).digest).toBe(digest);
  });

  it('is that of this version of the protocol', async () => {
    const { sha256 } = await import('@noble/hashes/sha2.js');
    const described = JSON.stringify([PROTOCOL_VERSION, graph, 1, trust, 4]);
    expect(Buffer.from(sha256(new TextEncoder().encode(described))).toString('hex')).toBe(digest);
  });
});

describe('a plan', () => {
  it('is refused where a step reads what comes later', () => {
    const nodes = graph.nodes.map((node, i) => (i === 1 ? { ...node, inputs: [2] } : node));
    expect(() => compilePlan({ ...input, graph: { ...graph, nodes } })).toThrow(/nodes in order/);
  });

  const [port] = graph.outputs;
  it.each<[string, Partial<FixedGraph>, RegExp]>([
    ['outputs of no elements', { outputs: [{ name: 'y', shape: [0] }] }, /as many elements as their nodes, got 0 of 8/],
    ['outputs of fewer elements', { outputs: [{ name: 'y', shape: [7] }] }, /got 7 of 8/],
    ['extents below zero', { outputs: [{ name: 'y', shape: [-2, -4] }] }, /got 8 of 8/],
    ['inputs of more elements', { inputs: [{ name: 'x', shape: [13] }] }, /got 13 of 12/],
    ['another ending', { outputs: [{ ...port!, ending: 'constructor' as never }] }, /an ending of outputs/],
  ])('is refused with %s', (_, change, message) => {
    expect(() => compilePlan({ ...input, graph: { ...graph, ...change } })).toThrow(message);
  });

  it.each([
    ['reads before its input', { from: -1 }],
    ['reads after its input', { from: 3 }],
    ['reads what it has not', { source: 1 }],
    ['writes after its result', { to: 1 }],
    ['never ends', { counts: [Number.POSITIVE_INFINITY] }],
    ['has no number of steps', { fromSteps: [] }],
    ['repeats itself', { counts: [1e9], fromSteps: [0], toSteps: [0] }],
  ])('is refused where a movement %s', (_, change) => {
    const moved = new ModelMaker(32, [12]).move([0], ([x]) => gather(x!, 0, range(0, 10))).done().graph;
    const plan = (piece: object): unknown => {
      const nodes = moved.nodes.map((node) =>
        node.op === 'move' ? { ...node, pieces: node.pieces.map((each) => ({ ...each, ...piece })) } : node,
      );
      return compilePlan({ ...input, graph: { ...moved, nodes } });
    };
    expect(() => plan({})).not.toThrow();
    expect(() => plan(change)).toThrow(/a movement within its tensors, got another at 1/);
  });

  it('is refused where more is revealed than there is', () => {
    expect(() => compilePlan({ ...input, trust: { ...trust, reveal: 'top:8' } })).not.toThrow();
    expect(() => compilePlan({ ...input, trust: { ...trust, reveal: 'top:9' } })).toThrow(/at most top:8/);
  });

  it('is refused where one bundle takes more hashes than a Delta is for, and else says how many bundles a session makes', () => {
    const wide = new ModelMaker(32, [2 ** 16]).nonlinear({ width: 32, shift: 12 }).done();
    const hashes = transferHashes(compilePlan({ ...input, graph: wide.graph }));
    const batch = Math.floor(SESSION_HASHES / hashes);
    expect(SESSION_HASHES).toBe(2 ** 36);
    expect(bundlesPerSession(compilePlan({ ...input, graph: wide.graph, batch }))).toBe(1);
    expect(bundlesPerSession(compilePlan({ ...input, graph: wide.graph }))).toBe(batch);
    expect(() => compilePlan({ ...input, graph: wide.graph, batch: batch + 1 })).toThrow(
      expect.objectContaining({ code: 'SESSION_EXHAUSTED' }),
    );
  });

  it('keeps the tensor that is opened to the end, also where a step reads it', () => {
    const { steps } = compilePlan(input);
    expect([...lastUses(steps, 2)]).toEqual([1, 2, -1, -1]);
  });
});

describe('non-linear steps of two parties alone', () => {
  const { graph: relus } = new ModelMaker(32, [10_000]).nonlinear({ width: 32, shift: 12 }).done();
  const alone = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
  const chosen = (network: { rttMs: number; mbit: number }): string =>
    compilePlan({ graph: relus, batch: 1, trust: alone, nonlinear: 'auto', network }).steps[1]!.kind;

  it('go by masked bits where bytes take time, by garbled circuits where messages do', () => {
    expect(chosen({ rttMs: 0.3, mbit: 100 })).toBe('bits');
    expect(chosen({ rttMs: 400, mbit: 10_000 })).toBe('garbled');
  });

  it('count transfers of both directions, and what both parties keep', () => {
    const plan = compilePlan({ graph: relus, batch: 1, trust: alone, nonlinear: 'bits', transfers: 'silent' });
    const [first, second] = transferCounts(plan);
    expect(first + second).toBeGreaterThanOrEqual(84 * 10_000);
    expect(first + second).toBeLessThan(85 * 10_000);
    expect(plan.silent!.every((shape) => shape !== undefined)).toBe(true);
    // choices, corrections and what iterations begin with: a twentieth of garbled tables
    const { offline } = plan.predicted;
    expect(offline['0->1'] + offline['1->0']).toBeLessThan(75 * 10_000 + 400_000);
  });
});
