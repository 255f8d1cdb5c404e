import { describe, expect, it, vi } from 'vitest';
import { release, room } from '#platform';
import { memoryBy, nativeTransfer } from '../../src/platform/release.js';

const BYTES = 100_000;

describe('rooms', () => {
  it('are used again once they are given back, and no old view sees what comes next', () => {
    const first = room(BYTES).fill(7);
    const behind = first.subarray(16);
    release(behind);
    expect([first.length, behind.length]).toEqual([0, 0]);
    const second = room(BYTES - 1);
    expect(second.length).toBe(BYTES - 1);
    // the memory of the first, moved
    expect(second[BYTES - 2]).toBe(7);
    const third = room(BYTES);
    expect(third[0]).toBe(0);
  });

  it('are not given back by a view of a part of them', () => {
    const whole = room(BYTES).fill(3);
    release(whole.subarray(17));
    release(whole.subarray(0, BYTES / 2));
    expect(whole.length).toBe(BYTES);
    release(whole);
    expect(whole.length).toBe(0);
  });

  it('are given back once', () => {
    const whole = room(BYTES);
    release(whole);
    release(whole);
    const [a, b] = [room(BYTES), room(BYTES)];
    expect(a.buffer).not.toBe(b.buffer);
  });

  it.each([10, BYTES])("of %i bytes can be given back twice: a buffer of length 0 is nobody's", (bytes) => {
    const transfer = vi.fn(nativeTransfer() ?? structuredTransfer);
    const { room: take, release: give } = memoryBy(transfer);
    const whole = take(bytes);
    give(whole);
    give(whole);
    give(new Uint8Array(0));
    expect(transfer).toHaveBeenCalledOnce();
  });

  it('are kept up to a limit', () => {
    const { room: take, release: give } = memoryBy(nativeTransfer() ?? structuredTransfer);
    const many = Array.from({ length: 40 }, () => take(2 ** 20).fill(9));
    for (const one of many) give(one);
    const again = Array.from({ length: 40 }, () => take(2 ** 20));
    const kept = again.filter((one) => one[0] === 9).length;
    expect(kept).toBeGreaterThan(8);
    expect(kept).toBeLessThanOrEqual(16);
  });

  it('are small memory of their own where little is asked for', () => {
    expect(room(10).buffer.byteLength).toBe(10);
  });

  it('are never used again where buffers cannot be transferred', () => {
    const { room: take, release: give } = memoryBy(undefined);
    const whole = take(BYTES);
    give(whole);
    expect(whole.length).toBe(BYTES);
    expect(take(BYTES).buffer).not.toBe(whole.buffer);
  });
});

/** As Node 20 has it without a flag: moves a buffer. */
function structuredTransfer(this: ArrayBuffer, length: number): ArrayBuffer {
  const moved = structuredClone(this, { transfer: [this] });
  return length === 0 ? new ArrayBuffer(0) : moved;
}
