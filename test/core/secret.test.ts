import { expect, it } from 'vitest';
import { bytesOf } from '../../src/core/ring.js';
import { asShare, type Share } from '../../src/core/secret.js';
import type { Sender } from '../../src/correlations/context.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { Lane } from '../../src/transport/channel.js';

// held by the compiler: the test does not compile where a line below an expected error does
it('a share cannot be sent as it is, what is masked can', () => {
  const share: Share<Uint32Array> = asShare(Uint32Array.of(3));
  const bytes: Share<Uint8Array> = asShare(new Uint8Array(4));
  const handOut = (to: Sender | Lane): void => {
    // @ts-expect-error a share as bytes
    void to.send(0, bytesOf(share));
    // @ts-expect-error bytes that are a share
    void to.send(0, bytes);
  };
  expect(handOut).toBeTypeOf('function');
  const masked = referenceKernels().add(32, share, Uint32Array.of(4));
  expect([...bytesOf(masked)]).toEqual([7, 0, 0, 0]);
});
