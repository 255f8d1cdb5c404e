import { describe, expect, it } from 'vitest';
import { printable } from '../../src/core/text.js';

describe('printable', () => {
  it('is one line without control characters, cut where it is long', () => {
    expect(printable('\u001b[2Ja\nb\u0007c')).toBe(' [2Ja b c');
    expect(printable('plain 3 words, ä €')).toBe('plain 3 words, ä €');
    expect(printable('x'.repeat(10_000), 20)).toBe(`${'x'.repeat(19)}…`);
  });
});
