import { describe, expect, it } from 'vitest';
import { TacitError } from '../../src/core/errors.js';
import { type KernelModule, loadKernelModule } from '../../src/kernels/module.js';
import { inOrder, Pool } from '../../src/kernels/pool.js';

interface Jobs {
  /** Adds 1 to every byte of its block. */
  readonly increment: (module: KernelModule, bytes: number) => number;
  readonly fail: (module: KernelModule, message: string) => never;
}

const module = loadKernelModule(16 << 20, true);
const entry = new URL('../support/pool-thread.mjs', import.meta.url);

describe('a pool of threads', () => {
  it('works on one memory, whichever thread has the job', async () => {
    const pool = new Pool<Jobs>(module.memory, 3, entry);
    const blocks = Array.from({ length: 20 }, () => module.memory.allocate(1024));
    const ids = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (const id of await Promise.all(blocks.map((block) => pool.run('increment', block, 1024)))) ids.add(id);
    }
    expect(ids.size).toBe(3);
    for (const block of blocks) expect([...module.memory.view(block)]).toEqual(Array(1024).fill(3));
    await pool.close();
    await expect(pool.run('increment', blocks[0]!, 1)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('passes on what a job throws, and goes on', async () => {
    const pool = new Pool<Jobs>(module.memory, 2, entry);
    const block = module.memory.allocate(64);
    const failure = pool.run('fail', block, 'expected this');
    await expect(failure).rejects.toBeInstanceOf(TacitError);
    await expect(failure).rejects.toMatchObject({ code: 'BAD_FRAME', message: 'expected this' });
    await expect(pool.run('increment', block, 64)).resolves.toBeTypeOf('number');
    await pool.close();
  });
});

describe('inOrder', () => {
  const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('keeps the order, and never has more under way than asked for', async () => {
    let underWay = 0;
    const taken: number[] = [];
    const results = inOrder([5, 1, 4, 0, 3, 2], 3, async (item, slot) => {
      expect(++underWay).toBeLessThanOrEqual(3);
      await later(5 * item);
      return [item, slot];
    });
    for await (const [item, slot] of results) {
      expect(slot).toBe(taken.length % 3);
      await later(2);
      taken.push(item!);
      underWay--;
    }
    expect(taken).toEqual([5, 1, 4, 0, 3, 2]);
  });

  it('waits for what has begun where one fails', async () => {
    let ended = 0;
    const results = inOrder([0, 1, 2], 3, async (item) => {
      await later(10 * item);
      ended++;
      if (item === 0) throw new Error('the first');
    });
    await expect(results.next()).rejects.toThrow('the first');
    expect(ended).toBe(3);
  });
});
