/** Typed arrays of equal bytes are equal: vitest compares them element by element, a second for 300,000 words. What differs it still shows itself. @module */
import { expect } from 'vitest';

function bytesOf(value: unknown): Buffer | undefined {
  return ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;
}

expect.addEqualityTesters([
  (left: unknown, right: unknown): boolean | undefined => {
    const [a, b] = [bytesOf(left), bytesOf(right)];
    if (a === undefined || b === undefined) return undefined;
    return Object.getPrototypeOf(left) === Object.getPrototypeOf(right) && a.equals(b) ? true : undefined;
  },
]);
