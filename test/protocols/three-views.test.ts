import { describe, expect, it } from 'vitest';
import type { TrustModel } from '../../src/core/trust.js';
import { compileThree } from '../../src/plan/three.js';
import type { Replicated } from '../../src/protocols/three/context.js';
import type { Move } from '../../src/steps/three.js';
import { decodeFrame, HEADER_BYTES } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { randomIntegers } from '../support/session.js';
import { connectThree, runThree, type Split } from '../support/three.js';

const TRUST: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };

/** 6.5 deviations: a false alarm in about 10^9 runs. */
const LIMIT = 255 + 6.5 * 22.6;

/** Pearson's chi-square of byte values against uniform: mean 255, deviation 22.6. */
function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Keeps the payload of every frame that a party sends, by `key`. */
function recorder(key: (name: string, step: number, bundle: number) => string): {
  wrap: (name: string, inner: Link) => Link;
  messages: Map<string, Uint8Array[]>;
} {
  const messages = new Map<string, Uint8Array[]>();
  const wrap = (name: string, inner: Link): Link => ({
    onMessage: (receive) => inner.onMessage(receive),
    onClose: (closed) => inner.onClose(closed),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    send: (bytes) => {
      const { phase, step, bundle } = decodeFrame(bytes);
      // parties among themselves
      if (phase === 'online' && !/[34]/.test(name)) {
        const at = key(name, step, bundle);
        messages.set(at, [...(messages.get(at) ?? []), bytes.slice(HEADER_BYTES)]);
      }
      return inner.send(bytes);
    },
  });
  return { wrap, messages };
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** A ReLU by carries, a maxpool by bits, linear steps, a square: all that travels. */
function network(width = 32, shift = 8) {
  const maker = new ModelMaker(32, [16, 16, 4])
    .conv({ outChannels: 6, kernelHeight: 1, kernelWidth: 1 })
    .conv({ outChannels: 8 });
  maker
    .nonlinear({ width, shift })
    .conv({})
    .nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 2, 2), width, shift });
  return maker.dense(300).product().dense(300).done();
}

/** Where anything travels. */
function directionsOf(moves: readonly Move[]): string[] {
  return [...new Set(moves.flatMap((move) => Object.keys(move)))];
}

/** A network's linear steps 1, which a linear step reads, and 2 and 4, which only Boolean steps do. */
const STEPS = [1, 2, 3, 4, 5, 6];

describe('what a party gets is uniform, whatever the input', () => {
  // whole bytes; widths that fill none, and factors of which fewer bits travel than of the others
  for (const [kind, width, shift] of [
    ['zeros', 32, 8],
    ['random', 32, 8],
    ['zeros', 21, 5],
  ] as const) {
    const model = network(width, shift);
    const plan = compileThree({ graph: model.graph, batch: 2, trust: TRUST });
    it(`${kind}, width ${width}`, async () => {
      const { wrap, messages } = recorder((name, step) => `${name} ${step}`);
      const x = kind === 'zeros' ? new Uint32Array(2048) : randomIntegers(2048, 32, 8, 'three views');
      await runThree(plan, model, [x], connectThree(20_000, wrap));
      expect([...messages.keys()].sort()).toEqual(
        plan.costs.flatMap(({ online }, step) => directionsOf(online).map((name) => `${name} ${step}`)).sort(),
      );
      for (const [key, parts] of messages) {
        const all = joined(parts);
        expect(all.length, key).toBeGreaterThan(1000);
        expect(chiSquare(all), key).toBeLessThan(LIMIT);
      }
    });
  }
});

describe('the messages of one step', () => {
  // widths at which thousands of instances make several chunks
  for (const activation of ['relu', 'none'] as const) {
    it(`have masks of their own: ${activation}`, async () => {
      const count = 45_000;
      const model = new ModelMaker(32, [count]).nonlinear({ activation, width: 32, shift: 8 }).done();
      const plan = compileThree({ graph: model.graph, batch: 1, trust: TRUST });
      const [, step] = plan.steps;
      if (step?.kind !== 'boolean') throw new Error('expected a Boolean step');
      expect(step.groups[0]!.length).toBeGreaterThan(1);
      const { wrap, messages } = recorder((name) => name);
      // all instances are alike, down to the shares: two messages under one mask would differ by nothing random
      const alike: Split = (words) => [1, 2, 3].map((value) => new Uint32Array(words.length).fill(value * 0x01234567));
      await runThree(plan, model, [new Uint32Array(count)], connectThree(20_000, wrap), undefined, alike);
      for (const [name, parts] of messages) {
        for (const [i, a] of parts.entries()) {
          for (const [j, b] of parts.slice(0, i).entries()) {
            const common = Math.min(a.length, b.length);
            const difference = a.subarray(0, common).map((byte, at) => byte ^ b[at]!);
            expect(chiSquare(difference), `${name}, messages ${j} and ${i}`).toBeLessThan(LIMIT);
          }
        }
      }
    });
  }
});

describe('what a party gets, joined with what it has, is uniform', () => {
  it('in shares, messages and between inferences on one input', async () => {
    const model = network();
    const plan = compileThree({ graph: model.graph, batch: 2, trust: TRUST });
    const { wrap, messages } = recorder((name, step, bundle) => `${name} ${step} ${bundle}`);
    const shares = new Map<string, Replicated>();
    const inference = [-1, -1, -1];
    const x = new Uint32Array(2048).fill(3);
    await runThree(plan, model, [x, x], connectThree(20_000, wrap), (party, index, { first, second }) => {
      if (index === 0) inference[party]!++;
      const copy = { first: first.slice(), second: second.slice() } as Replicated;
      shares.set(`${party} ${index} ${inference[party]}`, copy);
    });
    const share = (party: number, step: number, bundle: number): Replicated =>
      shares.get(`${party} ${step} ${bundle}`)!;
    const difference = (a: Uint32Array, b: Uint32Array): Uint8Array => bytesOf(a.map((word, i) => word - b[i]!));
    for (const party of [0, 1, 2]) {
      for (const step of STEPS) {
        const compiled = plan.steps[step]!;
        // what is not sent to party 2
        const half = party === 2 && compiled.kind === 'linear' && compiled.reads === 'boolean';
        const { first, second } = share(party, step, 0);
        const again = share(party, step, 1);
        const views: Record<string, Uint8Array> = {
          first: bytesOf(first),
          // nothing is used twice: what one inference gave says nothing of the next
          'first of two inferences': difference(first, again.first),
        };
        if (!half) {
          views.second = bytesOf(second);
          views['both components'] = difference(first, second);
          views['second of two inferences'] = difference(second, again.second);
          views['sums of two inferences'] = difference(
            first.map((word, i) => word + second[i]!),
            again.first.map((word, i) => word + again.second[i]!),
          );
        }
        const incoming = [0, 1, 2].filter((other) => messages.has(`${other}->${party} ${step} 0`));
        for (const other of incoming) {
          const [now, then] = [0, 1].map((bundle) => joined(messages.get(`${other}->${party} ${step} ${bundle}`)!));
          views[`messages of two inferences from ${other}`] = now!.map((byte, i) => byte ^ then![i]!);
        }
        for (const [name, view] of Object.entries(views)) {
          expect(chiSquare(view), `party ${party}, step ${step}: ${name}`).toBeLessThan(LIMIT);
        }
      }
    }
  });
});
