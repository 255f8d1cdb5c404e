import { describe, expect, it, vi } from 'vitest';
import type { TrustModel } from '../../src/core/trust.js';
import { Bundle } from '../../src/correlations/bundle.js';
import { compilePlan } from '../../src/plan/two.js';
import { decodeFrame, HEADER_BYTES } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { ModelMaker } from '../support/models.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';

const TRUST: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const ALONE: TrustModel = { ...TRUST, preprocessing: 'ot' };

function methodsOf(link: Link): Omit<Link, 'send'> {
  return {
    onMessage: (receive) => link.onMessage(receive),
    onClose: (closed) => link.onClose(closed),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
  };
}

/** Pearson's chi-square of byte values against uniform: mean 255, deviation 22.6. */
function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const both = (...keys: string[]): string[] =>
  ['party 0->party 1', 'party 1->party 0'].flatMap((name) => keys.map((key) => `${name} ${key}`));

describe('what travels is uniform, whatever the input', () => {
  // a square of what party 0 does not know ahead, a product of that and of what it knows
  const wide = new ModelMaker(32, [400])
    .dense(300)
    .nonlinear({ width: 32, shift: 8 })
    .dense(300)
    .product()
    .product(4, 2)
    .done();
  const online = [
    'party 0->party 1 online 1',
    'party 0->party 1 online 2',
    'party 1->party 0 online 1',
    'party 1->party 0 online 2',
    'party 1->party 0 online 3',
    'party 0->party 1 online 4',
    'party 1->party 0 online 4',
    'party 0->party 1 online 5',
    'party 1->party 0 online 5',
  ];
  const expectedOf = {
    dealer: [
      ...[1, 2, 3, 4, 5].map((step) => `dealer->party 1 offline ${step}`),
      ...both('setup 1', 'setup 3'),
      ...online,
    ],
    ot: [
      ...both('offline 1', 'offline 3', 'reverse 1', 'reverse 3', 'setup 2', 'setup 3'),
      ...both('offline 2', 'offline 4', 'offline 5', 'reverse 5'),
      ...online,
    ],
  };

  for (const [by, kind] of [
    ['dealer', 'zeros'],
    ['dealer', 'random'],
    ['ot', 'zeros'],
    ['ot', 'random'],
  ] as const) {
    const widePlan = compilePlan({ graph: wide.graph, batch: 4, trust: by === 'ot' ? ALONE : TRUST });
    it(`${by}, ${kind}`, async () => {
      const sent = new Map<string, Uint8Array[]>();
      const record = (name: string, inner: Link): Link => ({
        ...methodsOf(inner),
        send: (bytes) => {
          const frame = decodeFrame(bytes);
          const key = `${name} ${frame.phase} ${frame.step}`;
          sent.set(key, [...(sent.get(key) ?? []), bytes.slice(HEADER_BYTES)]);
          return inner.send(bytes);
        },
      });
      const x = kind === 'zeros' ? new Uint32Array(1600) : randomIntegers(1600, 32, 8, 'wide');
      await runAll(widePlan, wide, [x], connectAll(40_000, record));
      const large = [...sent]
        .map(([key, parts]) => [key, Buffer.concat(parts)] as const)
        .filter(([key, all]) => all.length > 4000 && !/client|owner/.test(key));
      expect(large.map(([key]) => key).sort()).toEqual(expectedOf[by].sort());
      // 6.5 deviations: a false alarm in about 10^9 runs
      // points are not bytes: encodings of ristretto255 end in a bit that is clear
      const bytes = large.filter(([key]) => !(by === 'ot' && key.endsWith('setup 2')));
      for (const [key, all] of bytes) expect(chiSquare(all), key).toBeLessThan(255 + 6.5 * 22.6);
    });
  }
});

/** 6.5 deviations: a false alarm in about 10^9 runs. */
const LIMIT = 255 + 6.5 * 22.6;

describe.each(['dealer', 'ot'] as const)('what a party sees, joined with what it has, is uniform, by %s', (by) => {
  const width = 24;
  // weights choose in the transfers: in both bundles the same bits
  const model = new ModelMaker(32, [60]).dense(50).nonlinear({ width, shift: 8 }).dense(40).product().done();
  const plan = compilePlan({ graph: model.graph, batch: 64, trust: by === 'ot' ? ALONE : TRUST });
  const bytes = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const combine = (a: Uint32Array, b: Uint32Array, sign: 1 | -1): Uint32Array =>
    a.map((word, i) => word + sign * b[i]!);
  const low = (words: Uint32Array): Uint8Array =>
    Uint8Array.from({ length: 3 * words.length }, (_, i) => words[Math.floor(i / 3)]! >>> (8 * (i % 3)));
  /** 16 bytes each. */
  const labelsOf = (all: Uint8Array): string[] => {
    const text = Buffer.from(all.buffer, all.byteOffset, all.length).toString('latin1');
    return Array.from({ length: all.length / 16 }, (_, i) => text.slice(16 * i, 16 * i + 16));
  };

  it('in openings, masked inputs, labels and between bundles', async () => {
    const sent = new Map<string, Uint8Array[]>();
    const shares = new Map<string, Uint32Array>();
    const x = new Uint32Array(60 * 64).fill(7);
    const inferences = [0, 0];
    const record = (name: string, inner: Link): Link => ({
      ...methodsOf(inner),
      send: (frameBytes) => {
        const { phase, step, bundle } = decodeFrame(frameBytes);
        const key = `${name} ${phase} ${step} ${bundle}`;
        sent.set(key, [...(sent.get(key) ?? []), frameBytes.slice(HEADER_BYTES)]);
        return inner.send(frameBytes);
      },
    });
    const put = vi.spyOn(Bundle.prototype, 'put');
    await runAll(plan, model, [x, x], connectAll(20_000, record), (party, index, share) => {
      if (index === 0) inferences[party]!++;
      shares.set(`${party} ${index} ${inferences[party]! - 1}`, share.slice());
    });
    const held = put.mock.calls.flatMap(([, { labels = [] }]) => labels.map((part) => part.slice()));
    put.mockRestore();
    const message = (key: string): Uint8Array => Uint8Array.from(Buffer.concat(sent.get(key)!));
    const words = (key: string): Uint32Array => new Uint32Array(message(key).buffer);
    const share = (party: number, step: number, bundle = 1): Uint32Array => shares.get(`${party} ${step} ${bundle}`)!;
    /** What two bundles sent for a step, one xor the other. */
    const apart = (key: string): Uint8Array => {
      const other = message(`${key} 0`);
      return message(`${key} 1`).map((byte, i) => byte ^ other[i]!);
    };

    const u = words('party 1->party 0 online 2 1');
    expect(u.every((word) => word < 2 ** width)).toBe(true);
    const views: Record<string, Uint8Array> = {
      'party 0: y_0 + u': low(combine(share(0, 1), u, 1)),
      'party 0: x_0 + E_1': bytes(combine(share(0, 0), words('party 1->party 0 online 1 1'), 1)),
      'party 0: z_0 + E_1': bytes(combine(share(0, 2), words('party 1->party 0 online 3 1'), 1)),
      'party 1: x_1 + E_0': bytes(combine(share(1, 0), words('party 0->party 1 online 1 1'), 1)),
      'party 0: a square, x_0 + E_1': bytes(combine(share(0, 3), words('party 1->party 0 online 4 1'), 1)),
      'party 1: a square, x_1 + E_0': bytes(combine(share(1, 3), words('party 0->party 1 online 4 1'), 1)),
      'party 0: its output share': bytes(share(0, 2)),
      'party 1: its output share': bytes(share(1, 2)),
      'party 0: its share of the square': bytes(share(0, 4)),
      'party 1: its share of the square': bytes(share(1, 4)),
      // nothing is used twice: what one bundle sent says nothing of the next
      'party 0: E of two bundles': bytes(
        combine(words('party 1->party 0 online 3 1'), words('party 1->party 0 online 3 0'), -1),
      ),
      'party 0: a square, E of two bundles': bytes(
        combine(words('party 1->party 0 online 4 1'), words('party 1->party 0 online 4 0'), -1),
      ),
      'party 1: a square, E of two bundles': bytes(
        combine(words('party 0->party 1 online 4 1'), words('party 0->party 1 online 4 0'), -1),
      ),
      'party 0: u of two bundles': low(combine(u, words('party 1->party 0 online 2 0'), -1)),
      'party 1: labels of two bundles': apart('party 0->party 1 online 2'),
    };
    const offline: Record<typeof by, () => Record<string, Uint8Array>> = {
      dealer: () => ({
        'both: F': bytes(combine(words('party 0->party 1 setup 1 0'), words('party 1->party 0 setup 1 0'), 1)),
        'party 1: corrections of two bundles': apart('dealer->party 1 offline 1'),
        'party 1: a square, corrections of two bundles': apart('dealer->party 1 offline 4'),
        // other start points, other labels
        'party 1: tables of two bundles': apart('dealer->party 1 offline 2'),
      }),
      ot: () => ({
        'party 0: choices of weights of two bundles': apart('party 1->party 0 offline 1'),
        'party 1: choices of weights of two bundles': apart('party 0->party 1 reverse 1'),
        'party 1: products of two bundles': apart('party 0->party 1 offline 1'),
        'party 0: products of two bundles': apart('party 1->party 0 reverse 1'),
        'party 0: choices of r of two bundles': apart('party 1->party 0 offline 2'),
        'party 1: tables of two bundles': apart('party 0->party 1 offline 2'),
        'party 0: choices of a square of two bundles': apart('party 1->party 0 offline 4'),
        'party 1: products of a square of two bundles': apart('party 0->party 1 offline 4'),
      }),
    };
    for (const [name, view] of Object.entries({ ...views, ...offline[by]() })) {
      expect(chiSquare(view), name).toBeLessThan(LIMIT);
    }
    // what frames begin with, start points of hash keys among it: of tables and, without a dealer, of products
    const starting = by === 'dealer' ? ['dealer->party 1 offline 2'] : both('offline 1', 'offline 2', 'reverse 1');
    const starts = starting.flatMap((key) =>
      [0, 1].flatMap((bundle) => (sent.get(`${key} ${bundle}`) ?? []).map((frame) => labelsOf(frame.slice(0, 16))[0])),
    );
    expect(new Set(starts).size).toBe(starts.length);
    // active labels of t, and of r where transfers gave them
    const labels = [0, 1].flatMap((bundle) => labelsOf(message(`party 0->party 1 online 2 ${bundle}`)));
    expect(labels.length).toBe(2 * 3200 * width);
    const masks = held.flatMap(labelsOf);
    expect(masks.length).toBe(by === 'ot' ? 2 * 3200 * width : 0);
    expect(new Set([...labels, ...masks]).size).toBe(labels.length + masks.length);
    // the output shares of two bundles on one input differ though their sum does not
    expect([...share(0, 3, 0)]).not.toEqual([...share(0, 3, 1)]);
    expect([...combine(share(0, 3, 0), share(1, 3, 0), 1)]).toEqual([...combine(share(0, 3, 1), share(1, 3, 1), 1)]);
  });
});
