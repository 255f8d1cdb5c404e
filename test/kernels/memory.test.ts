import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Block, KernelMemory } from '../../src/kernels/memory.js';

const RESERVE = 1024 * 1024;
const FIRST = 65_536;

describe('kernel memory', () => {
  it('hands out blocks that do not overlap, and is whole again when all are back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ free: fc.boolean(), pick: fc.nat(), bytes: fc.integer({ min: 1, max: 20_000 }) }), {
          maxLength: 80,
        }),
        (actions) => {
          const memory = KernelMemory.reserve(RESERVE, FIRST);
          const live: Block[] = [];
          for (const { free, pick, bytes } of actions) {
            if (free && live.length > 0) memory.free(live.splice(pick % live.length, 1)[0]!);
            else if (live.length < 40) {
              const block = memory.allocate(bytes);
              expect(block.bytes).toBeGreaterThanOrEqual(bytes);
              for (const other of live) {
                expect(
                  block.pointer + block.bytes <= other.pointer || other.pointer + other.bytes <= block.pointer,
                ).toBe(true);
              }
              live.push(block);
            }
          }
          for (const block of live) memory.free(block);
          expect(memory.allocate(RESERVE - FIRST).pointer).toBe(FIRST);
        },
      ),
      { seed: 7 },
    );
  });

  it('unwinds scratch, also after an error, and says when it is exhausted', () => {
    const memory = KernelMemory.reserve(RESERVE, FIRST);
    let first = 0;
    memory.withScratch(() => {
      first = memory.scratch(1000);
    });
    expect(() =>
      memory.withScratch(() => {
        memory.scratch(500_000);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    memory.withScratch(() => expect(memory.scratch(1000)).toBe(first));
    expect(() => memory.allocate(RESERVE)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
    expect(() => memory.withScratch(() => memory.scratch(RESERVE))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    );
  });

  it('clears the scratch of secrets, that of calls inside too and also after an error, and no block', () => {
    const memory = KernelMemory.reserve(RESERVE, FIRST);
    const used: number[] = [];
    const fill = (): void => {
      used.push(memory.scratch(1000));
      memory.bytes.fill(1, used.at(-1)!, used.at(-1)! + 1000);
    };
    memory.withScratch(() => {
      fill();
      const failing = (): void =>
        memory.withSecrets(() => {
          fill();
          memory.withSecrets(fill);
          memory.withScratch(() => memory.withScratch(fill));
          throw new Error('inside');
        });
      expect(failing).toThrow('inside');
      expect(used.map((at) => memory.bytes[at])).toEqual([1, 0, 0, 0]);
    });
    memory.withSecrets(() => {
      memory.withScratch(() => memory.scratch(RESERVE / 2));
      memory.bytes.fill(2, FIRST, FIRST + memory.allocate(RESERVE - FIRST - 4096).bytes);
    });
    expect(memory.bytes[RESERVE - 4097]).toBe(2);
  });

  it('says where the system gives no addresses', () => {
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
      throw new RangeError('could not allocate memory');
    });
    try {
      expect(() => KernelMemory.reserve(RESERVE, FIRST)).toThrow(
        expect.objectContaining({ code: 'OUT_OF_MEMORY', message: expect.stringMatching(/^expected 1 MiB/) }),
      );
    } finally {
      memory.mockRestore();
    }
  });
});
