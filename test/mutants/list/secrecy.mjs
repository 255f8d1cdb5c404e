/** Mutations that fresh eyes planted against secrecy, without having seen the tests: outputs stay right. */

const table = 'src/correlations/tables/table.ts';
const secrecy = { tests: ['test/secrecy/secrecy.test.ts'], secrecy: true };

/** Honest sessions of the distinguisher. */
const honest = (mode) => ({ ...secrecy, only: `an honest session tells nothing ${mode}$` });

export const mutants = [
  {
    id: 'r-without-top-bit',
    file: table,
    find: 'return kernels.reduce(bits, uniform, step.spec.width);',
    replace: 'return kernels.reduce(bits, uniform, step.spec.width - 1);',
    tests: ['test/secrecy/inputs.test.ts'],
    only: 'chunks of one step have randomness of their own garbled, by dealer$',
    secrecy: true,
    why: 'the top bit of u would be that of a share',
  },
  {
    id: 'r-repeats-within-chunk',
    file: table,
    find: '  return kernels.reduce(bits, uniform, step.spec.width);',
    replace: `  const half = 2 * (uniform.length >> 2);
  uniform.copyWithin(half, 0, half);
  return kernels.reduce(bits, uniform, step.spec.width);`,
    ...honest('dealer'),
    why: 'differences of two values of one step would show',
  },
  {
    id: 'garbler-share-of-16-bits',
    file: table,
    find: `return asShare(expandWords(outputWords(bits, step, step.instances), seed, 'garbled/share', step.index));`,
    replace: `return asShare(
    expandWords(outputWords(bits, step, step.instances), seed, 'garbled/share', step.index).map((word) => word & 0xffff),
  );`,
    ...honest('dealer'),
    why: 'party 1 would learn the high bits of every output',
  },
  {
    id: 'colours-of-t-fixed',
    file: table,
    find: `  expandInto(out, seed, 'garbled/labels', step.index, chunk);`,
    replace: `  expandInto(out, seed, 'garbled/labels', step.index, chunk);
  for (let i = 0; i < out.length; i += LABEL_BYTES) out[i] = out[i]! & 0xfe;`,
    ...honest('dealer'),
    why: 'the colour of a label would be its bit: party 1 reads t',
  },
  {
    id: 'linear-mask-repeats-within',
    file: 'src/correlations/triples/triple.ts',
    find: `  return asShare(expandWords(words, seed, 'linear/mask', step.index));`,
    replace: `  const mask = expandWords(words, seed, 'linear/mask', step.index);
  return asShare(mask.copyWithin(2 * (words >> 2), 0, 2 * (words >> 2)));`,
    ...honest('dealer'),
    why: 'differences of two inputs of a batch would show',
  },
  {
    id: 'c0-of-8-bits',
    file: 'src/correlations/triples/triple.ts',
    find: `expandWords(words, seed, 'linear/product', step.index)`,
    replace: `expandWords(words, seed, 'linear/product', step.index).map((word) => word & 0xff)`,
    ...honest('dealer'),
    why: 'party 1 would learn products of masks',
  },
  {
    id: 'product-mask-of-24-bits',
    file: 'src/correlations/products/pair.ts',
    find: `expandWords(productWords(bits, step), seed, 'product/mask', step.index, factor)`,
    replace: `expandWords(productWords(bits, step), seed, 'product/mask', step.index, factor).map((word) => word >>> 8)`,
    ...honest('dealer'),
    why: 'the high bits of factors would show',
  },
  {
    id: 'factor-ends-unmasked',
    file: 'src/offline/setup.ts',
    find: `return expandWords(words, seed, 'setup/factor', step.index);`,
    replace: `return expandWords(words, seed, 'setup/factor', step.index).fill(0, words - 2);`,
    ...honest('dealer'),
    why: 'F would be W at its end',
  },
  {
    id: 'bias-unshared',
    file: 'src/offline/setup.ts',
    find: `asShare(expandWords(biasSize(step) * perElement, seed, 'model/bias', step.index))`,
    replace: 'asShare(new Uint32Array(biasSize(step) * perElement))',
    ...honest('dealer'),
    why: 'party 1 would hold the bias',
  },
  {
    id: 'reveal-ends-unmasked',
    file: 'src/online/execute.ts',
    find: '  return party === GARBLER ? kernels.add(bits, share, zero)',
    replace: `  zero.fill(0, zero.length - bits / 32);
  return party === GARBLER ? kernels.add(bits, share, zero)`,
    ...honest('dealer'),
    why: 'the client would see a share of the last output',
  },
  {
    id: 'dealt-delta-of-64-bits',
    file: 'src/gc/garble.ts',
    find: 'delta[0] = delta[0]! | 1;',
    replace: `delta.fill(0, 8);
  delta[0] = delta[0]! | 1;`,
    ...honest('dealer'),
    why: 'Delta would have half its bits',
  },
  {
    id: 'transferred-delta-of-64-bits',
    file: 'src/ot/setup.ts',
    find: 'this.#delta[0] = this.#delta[0]! | 1;',
    replace: `this.#delta.fill(0, 8);
    this.#delta[0] = this.#delta[0]! | 1;`,
    ...honest('ot'),
    why: 'Delta would have half its bits',
  },
  {
    id: 'extension-batches-overlap',
    file: 'src/ot/extension.ts',
    find: 'this.#position += rowBytes(batch.n) / BLOCK_BYTES;',
    replace: 'this.#position += Math.max(1, rowBytes(batch.n) / BLOCK_BYTES - 1);',
    tests: ['test/secrecy/inputs.test.ts'],
    only: 'chunks of one step have randomness of their own garbled, by ot$',
    secrecy: true,
    why: 'choices at the seam would be under one stream',
  },
  {
    id: 'client-share-repeats-within',
    file: 'src/roles/inputs.ts',
    find: `  return expandWords(inputWords(plan), seed, 'client/input');`,
    replace: `  const share = expandWords(inputWords(plan), seed, 'client/input');
  return share.copyWithin(2 * (share.length >> 2), 0, 2 * (share.length >> 2));`,
    ...honest('dealer'),
    why: 'party 1 would learn differences of pixels',
  },
  {
    id: 'client-component-of-24-bits',
    file: 'src/roles/inputs.ts',
    find: `  return expandWords(inputWords(plan), seed, 'three/input');`,
    replace: `  return expandWords(inputWords(plan), seed, 'three/input').map((word) => word >>> 8);`,
    ...honest('three'),
    why: 'the rest would tell the high bits of the input',
  },
  {
    id: 'three-all-factors-unmasked',
    file: 'src/protocols/three/convert.ts',
    find: 'if (width === 0) row.fill(0);',
    replace: 'if (width === 0 || i > 0) row.fill(0);',
    ...honest('three'),
    why: 'party 2 would get the bits of party 0',
  },
  {
    id: 'three-zero-of-half-a-step',
    file: 'src/protocols/three/linear.ts',
    find: `addZeroAt(context, streams, out, n);
    own`,
    replace: `addZeroAt(context, streams, out, n >> 1);
    own`,
    ...honest('three'),
    why: 'half of the products would go unmasked',
  },
  {
    id: 'three-last-and-unmasked',
    file: 'src/sliced/slots.ts',
    find: '(scratch) => stream.nextInto(scratch)',
    replace: `(scratch) => {
      const masked = rows.length - rows.length / count;
      stream.nextInto(scratch.subarray(0, masked));
      scratch.fill(0, masked);
    }`,
    tests: ['test/secrecy/inputs.test.ts'],
    only: 'an input of zeros tells three parties nothing$',
    secrecy: true,
    why: 'the last AND of a level would go unmasked',
  },
  {
    id: 'three-product-without-zero',
    file: 'src/protocols/three/product.ts',
    find: 'addZero(context, streams.take(step.index), product)',
    replace: 'product',
    ...honest('three'),
    why: 'a product would be shared again without a fresh mask',
  },
  {
    id: 'party-tells-its-seed',
    file: 'src/roles/party-two.ts',
    find: 'await sendGeneration(control, generation);',
    replace: 'await control.sendMessage({ generation, seed: Array.from(bundle.seed) });',
    tests: ['test/roles/told.test.ts'],
    secrecy: true,
    why: 'a field more in a control message, which its reader leaves out',
  },
  {
    id: 'client-tells-its-input',
    file: 'src/roles/client.ts',
    find: `await this.#ask({ op: 'infer', number });`,
    replace: `await this.#ask({ op: 'infer', number, hint: Array.from(input) } as never);`,
    tests: ['test/roles/told.test.ts'],
    secrecy: true,
    why: 'a field more in a request, which its reader leaves out',
  },
  {
    id: 'party-sends-its-share',
    file: 'src/roles/party-two.ts',
    find: 'bytesOf(rerandomise(arithmetic, context, share))',
    replace: 'bytesOf(rerandomise(arithmetic, context, share) && (share as never))',
    tests: ['test/roles/told.test.ts'],
    secrecy: true,
    why: 'the client would see shares as they are',
  },
  {
    id: 'csprng-of-64-bits',
    file: 'src/platform/random.ts',
    find: '  return randomBytes(count);',
    replace: '  return randomBytes(count).fill(0, 8);',
    tests: ['test/platform/random.test.ts'],
    secrecy: true,
    why: 'seeds would have 64 bits',
  },
  {
    id: 'dealer-deals-b-again',
    file: 'src/roles/dealer.ts',
    find: 'const seeds = factorSeeds();',
    replace: 'const seeds = store.models().at(-1)?.seeds ?? factorSeeds();',
    tests: ['test/store/session.test.ts'],
    only: 'model of the same plan is left alone',
    secrecy: true,
    why: `F - F' of two models would be W - W'`,
  },
  {
    id: 'three-number-again',
    file: 'src/roles/party-three.ts',
    find: 'if (number <= this.#highest || ',
    replace: 'if (',
    tests: ['test/roles/told.test.ts'],
    secrecy: true,
    why: 'streams would serve two inferences',
  },
];
