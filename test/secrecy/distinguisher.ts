/**
 * Tells what a session shows from what the ideal functionality would let a party see.
 *
 * In the ideal world all that a party gets is uniform and independent of everything, but for its own output. So over everything that was sent,
 * in all lanes, steps, chunks, bundles, sessions and roles together, it looks for
 *  - bytes that are not uniform, in a message and in a message joined (sum, difference, XOR) with a secret of its length;
 *  - a mask that serves twice: every message less every secret of its length is what hid it, and no 16 bytes of any of these may come up
 *    again in another message, or in another message less a secret;
 *  - two blocks in what party 1 sees that are apart by Delta.
 */

/** Something that was sent, or a value that only some may know. */
export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Evidence {
  readonly messages: readonly Vector[];
  /** Inputs, weights, products, shares: what the messages hide. */
  readonly secrets: readonly Vector[];
  /** What party 1 sees or holds beside messages to it, and Delta of each bundle. */
  readonly evaluatorHeld: readonly Uint8Array[];
  readonly deltas: readonly Uint8Array[];
  /** Bits in which values travel: sums are taken modulo each of these powers of two. */
  readonly widths: readonly number[];
}

/** 7.5 deviations of a chi-square with 255 degrees of freedom: a false alarm in about 10^12 comparisons. */
const LIMIT = 255 + 7.5 * Math.sqrt(2 * 255);
/** Fewer bytes say nothing of their distribution. */
const LEAST_BYTES = 2048;
const BLOCK = 16;

/** Pearson's chi-square of byte values against uniform. */
export function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** What tells the session from an ideal one; nothing where it cannot be told. */
export function distinguish(evidence: Evidence): string[] {
  return [...statistics(evidence), ...repeats(evidence), ...offsets(evidence)];
}

function* statistics({ messages, secrets, widths }: Evidence): Generator<string> {
  for (const message of messages) {
    for (const { name, bytes } of joined(message, secrets, widths)) {
      if (bytes.length >= LEAST_BYTES && chiSquare(bytes) > LIMIT) yield `not uniform: ${name}`;
    }
  }
}

/** The message, and what is left of it without each secret that it may hide. */
function* joined(message: Vector, secrets: readonly Vector[], widths: readonly number[]): Generator<Vector> {
  yield message;
  for (const secret of secrets) {
    if (secret.bytes.length !== message.bytes.length) continue;
    if (message.bytes.length % 4 === 0) {
      for (const [sign, how] of [
        [-1, 'less'],
        [1, 'plus'],
      ] as const) {
        const sum = combined(message.bytes, secret.bytes, sign);
        yield { name: `${message.name} ${how} ${secret.name}`, bytes: asBytes(sum) };
        for (const width of widths) {
          if (width >= 32) continue;
          const low = sum.map((word) => word & (2 ** width - 1));
          const whole = width & ~7;
          // whole bytes alone are compared with uniform ones; the rest is looked for as it is
          yield { name: `${message.name} ${how} ${secret.name} mod 2^${width}`, bytes: lowBytes(low, whole / 8) };
        }
      }
    }
    const xor = message.bytes.map((byte, i) => byte ^ secret.bytes[i]!);
    yield { name: `${message.name} xor ${secret.name}`, bytes: xor };
  }
}

/** Blocks that come up in two different messages, each alone or less some secret. */
function* repeats({ messages, secrets, widths }: Evidence): Generator<string> {
  const first = new Map<string, { readonly message: number; readonly name: string }>();
  const told = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const own = new Set<string>();
    for (const { name, bytes } of joined(message, secrets, widths)) {
      for (const block of blocksOf(bytes)) {
        const before = first.get(block);
        if (before === undefined) first.set(block, { message: index, name });
        else if (before.message !== index && !told.has(`${before.message} ${index}`)) {
          told.add(`${before.message} ${index}`);
          yield `the same 16 bytes: ${before.name}; ${name}`;
        }
      }
      if (name !== message.name) continue;
      for (const block of blocksOf(bytes)) {
        if (own.has(block)) {
          yield `16 bytes twice in ${name}`;
          break;
        }
        own.add(block);
      }
    }
  }
}

/** Two blocks of what party 1 sees that differ by Delta: it would know both labels of a wire. */
function* offsets({ messages, evaluatorHeld, deltas }: Evidence): Generator<string> {
  const seen = new Set<string>();
  const blocks = [
    ...messages.filter(({ name }) => name.includes('->party 1')).map(({ bytes }) => bytes),
    ...evaluatorHeld,
  ];
  for (const bytes of blocks) for (const block of blocksOf(bytes)) seen.add(block);
  for (const [i, delta] of deltas.entries()) {
    const text = textOf(delta);
    if (seen.has(text)) yield `Delta ${i} itself`;
    for (const block of seen) {
      if (seen.has(xorText(block, delta))) {
        yield `two blocks apart by Delta ${i}`;
        break;
      }
    }
  }
}

function combined(a: Uint8Array, b: Uint8Array, sign: 1 | -1): Uint32Array {
  const [x, y] = [wordsOf(a), wordsOf(b)];
  return x.map((word, i) => word + sign * y[i]!);
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}

function asBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

function lowBytes(words: Uint32Array, count: number): Uint8Array {
  return Uint8Array.from(
    { length: words.length * count },
    (_, i) => words[Math.floor(i / count)]! >>> (8 * (i % count)),
  );
}

function* blocksOf(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    // what is constant hides nothing: zeros of an alignment, a value that is repeated
    if (block.some((byte) => byte !== block[0])) yield textOf(block);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function xorText(block: string, delta: Uint8Array): string {
  return textOf(Buffer.from(block, 'latin1').map((byte, i) => byte ^ delta[i]!));
}
