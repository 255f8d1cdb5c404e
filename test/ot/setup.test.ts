import { expect, it, vi } from 'vitest';
import { loadKernelModule } from '../../src/kernels/module.js';
import { ReceiverSetup, SenderSetup } from '../../src/ot/setup.js';
import type * as Random from '../../src/platform/random.js';

vi.mock('../../src/platform/random.js', async (original) => {
  const real = await original<typeof Random>();
  const secretBytes = (count: number, draw: Random.Draw): Uint8Array =>
    draw === 'ot/delta' ? new Uint8Array(count).fill(0xf0) : real.secretBytes(count, draw);
  return { ...real, secretBytes };
});

it('sets the colour bit of Delta, whatever was drawn', () => {
  const module = loadKernelModule();
  const receiving = new ReceiverSetup(module, 4, 'session');
  const sending = new SenderSetup(module, 4, 'session', receiving.first);
  const { delta } = sending.finish(receiving.finish(sending.message).message);
  expect([...delta]).toEqual([0xf1, ...new Array<number>(15).fill(0xf0)]);
});
