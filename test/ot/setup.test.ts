import { expect, it, vi } from 'vitest';
import { KernelMemory } from '../../src/kernels/memory.js';
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

it('leaves nothing in kernel memory when a session ends', () => {
  const module = loadKernelModule();
  const receiving = new ReceiverSetup(module, 4, 'session');
  const sending = new SenderSetup(module, 4, 'session', receiving.first);
  const { receiver, message } = receiving.finish(sending.message);
  const sender = sending.finish(message);
  const corrections = receiver.extend(256, undefined, new Uint8Array(32), false);
  sender.extend(256, new Uint8Array(256 * 16), corrections, false);
  const { free } = KernelMemory.prototype;
  const cleared: boolean[] = [];
  const spy = vi.spyOn(KernelMemory.prototype, 'free').mockImplementation(function (this: KernelMemory, block) {
    cleared.push(this.bytes.subarray(block.pointer, block.pointer + block.bytes).every((byte) => byte === 0));
    free.call(this, block);
  });
  sender.dispose();
  receiver.dispose();
  spy.mockRestore();
  expect(cleared).toEqual([true, true]);
});
