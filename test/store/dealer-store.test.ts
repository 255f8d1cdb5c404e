import { expect, it } from 'vitest';
import { DealerStore } from '../../src/store/dealer-store.js';

it('has the seeds of a model for its plan and its two parties alone', () => {
  const store = new DealerStore();
  const seeds = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
  store.keepModel({ id: 'model', modelDigest: 'plan', parties: ['one', 'two'], seeds });
  expect(store.model('model', 'plan', ['one', 'two'])?.seeds).toEqual(seeds);
  expect(store.model('model', 'other', ['one', 'two'])).toBeUndefined();
  expect(store.model('model', 'plan', ['one', 'three'])).toBeUndefined();
  expect(store.model('model', 'plan', ['two', 'one'])).toBeUndefined();
  expect(store.model('other', 'plan', ['one', 'two'])).toBeUndefined();
});
