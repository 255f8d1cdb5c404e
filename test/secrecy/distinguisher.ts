/**
 * Tells what a session shows from what the ideal functionality would let a party see.
 *
 * In the ideal world all that a party gets is uniform and independent of everything, but for its own output. So over everything that was sent,
 * in all lanes, steps, chunks, bundles, sessions and roles together, it looks for
 *  - bytes that are not uniform, in a message and in a message joined (sum, difference, XOR) with a secret of its length;
 *  - a mask that serves twice: every message less every secret of its length is what hid it, and no 16 bytes of any of these may come up
 *    again there, in another message, or in another message less a secret;
 *  - a word that is alike in all bundles and sessions, in a message or in one less a secret: there nothing is hidden;
 *  - two blocks in what party 1 sees that are apart by Delta.
 */

/** Something that was sent, or a value that only some may know. */
export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A message, and what it should hide: inputs, weights, products, shares. */
export interface Group {
  readonly message: Vector;
  /** What it is called in every bundle and session: their bytes are looked at together. */
  readonly series: string;
  /** Bits of each word that count, where not all do. */
  readonly width?: number | undefined;
  readonly secrets: readonly Vector[];
}

export interface Evidence {
  readonly groups: readonly Group[];
  /** What party 1 sees or holds beside messages to it, and Delta of each bundle. */
  readonly evaluatorHeld: readonly Uint8Array[];
  readonly deltas: readonly Uint8Array[];
}

/** 7.5 deviations of a chi-square with 255 degrees of freedom: a false alarm in about 10^12 comparisons. */
const LIMIT = 255 + 7.5 * Math.sqrt(2 * 255);
/** Fewer bytes say nothing of their distribution. */
export const LEAST_BYTES = 1024;

/** Pearson's chi-square of byte values against uniform. */
export function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Whether two samples of bytes may come from one distribution, by a chi-square of their histograms; small ones always may. */
export function homogeneity(a: Uint8Array, b: Uint8Array): boolean {
  if (Math.min(a.length, b.length) < LEAST_BYTES) return true;
  const [x, y] = [new Float64Array(256), new Float64Array(256)];
  for (const byte of a) x[byte]!++;
  for (const byte of b) y[byte]!++;
  let sum = 0;
  for (let i = 0; i < 256; i++) if (x[i]! + y[i]! > 0) sum += (x[i]! - y[i]!) ** 2 / (x[i]! + y[i]!);
  return sum <= LIMIT;
}

/** Sessions seen together. */
export function together(...evidence: readonly Evidence[]): Evidence {
  return {
    groups: evidence.flatMap(({ groups }) => groups),
    evaluatorHeld: evidence.flatMap(({ evaluatorHeld }) => evaluatorHeld),
    deltas: evidence.flatMap(({ deltas }) => deltas),
  };
}

/** What tells the session from an ideal one; nothing where it cannot be told. */
export function distinguish(evidence: Evidence): string[] {
  const views = evidence.groups.map(({ series, message, ...group }): View => {
    return { series, name: message.name, vectors: [...joined({ series, message, ...group })] };
  });
  return [...statistics(views), ...repeats(views), ...constants(views, evidence), ...offsets(evidence)];
}

/** A message: alone, and less each secret that it may hide. */
interface View {
  readonly series: string;
  readonly name: string;
  readonly vectors: readonly Vector[];
}

function* statistics(views: readonly View[]): Generator<string> {
  const series = new Map<string, Uint8Array[]>();
  for (const view of views) {
    for (const { name, bytes } of view.vectors) {
      const key = `${view.series}${name}`;
      series.set(key, [...(series.get(key) ?? []), bytes]);
    }
  }
  for (const [name, parts] of series) {
    const all = Buffer.concat(parts);
    if (all.length >= LEAST_BYTES && chiSquare(all) > LIMIT) yield `not uniform: ${name}`;
  }
}

/** The message, and what is left of it without each secret that it may hide. */
function* joined({ message, secrets, width }: Group): Generator<Vector> {
  yield { name: '', bytes: low(message.bytes, width) };
  // two of one name would count a message twice, which doubles every statistic where they are small
  if (new Set(secrets.map(({ name }) => name)).size < secrets.length)
    throw new Error(`${message.name}: two secrets of one name`);
  for (const { name, bytes } of secrets) {
    if (bytes.length !== message.bytes.length) continue;
    if (bytes.length % 4 === 0) {
      yield { name: ` less ${name}`, bytes: low(combined(message.bytes, bytes, -1), width) };
      yield { name: ` plus ${name}`, bytes: low(combined(message.bytes, bytes, 1), width) };
    }
    if (width === undefined) yield { name: ` xor ${name}`, bytes: message.bytes.map((byte, i) => byte ^ bytes[i]!) };
  }
}

/** Blocks that come up twice in one message, or in two different ones, each alone or less some secret. */
function* repeats(views: readonly View[]): Generator<string> {
  /** Where each block came up: in the first message that has it, and the last of its vectors. */
  const first = new Map<number, { readonly index: number; readonly name: string }>();
  const told = new Set<string>();
  for (const [index, view] of views.entries()) {
    for (const { name, bytes } of view.vectors) {
      const place = { index, name: view.name + name };
      let twice = false;
      const others: (typeof place)[] = [];
      eachBlock(bytes, (_, block) => {
        const before = first.get(block);
        if (before === place) twice = true;
        else if (before === undefined || before.index === index) first.set(block, place);
        else others.push(before);
      });
      if (twice) yield `16 bytes twice in ${place.name}`;
      for (const before of others) {
        const pair = `${before.index} ${index}`;
        if (!told.has(pair)) yield `the same 16 bytes: ${before.name}; ${place.name}`;
        told.add(pair);
      }
    }
  }
}

/** Words that are alike at their place in all messages of a series, each alone or less some secret, or in every Delta. */
function* constants(views: readonly View[], { deltas }: Evidence): Generator<string> {
  const series = new Map<string, Uint32Array[]>();
  for (const view of views) {
    for (const { name, bytes } of view.vectors) {
      const key = `${view.series}${name}`;
      series.set(key, [...(series.get(key) ?? []), wordsOf(bytes.subarray(0, bytes.length & ~3))]);
    }
  }
  // that of a session without a dealer serves all its bundles
  const own = new Map(deltas.map((delta) => [delta.join(), wordsOf(delta)]));
  series.set('Delta', [...own.values()]);
  for (const [name, [first, ...others]] of series) {
    if (others.length === 0) continue;
    const at = first!.findIndex((word, i) => others.every((other) => other[i] === word));
    if (at >= 0) yield `word ${at} is alike in all: ${name}`;
  }
}

/** Two blocks of what party 1 sees that differ by Delta: it would know both labels of a wire. */
function* offsets({ groups, evaluatorHeld, deltas }: Evidence): Generator<string> {
  const toEvaluator = groups.filter(({ message }) => message.name.includes('->party 1'));
  const vectors = [...toEvaluator.map(({ message }) => message.bytes), ...evaluatorHeld];
  const seen = new Set<number>();
  for (const bytes of vectors) eachBlock(bytes, (_, block) => seen.add(block));
  for (const [i, delta] of deltas.entries()) {
    const [low, high] = [...wordsOf(delta.subarray(0, 8))] as [number, number];
    if (seen.has(keyOf(low, high))) yield `Delta ${i} itself`;
    if (vectors.some((bytes) => apart(bytes, low, high, seen))) yield `two blocks apart by Delta ${i}`;
  }
}

function apart(bytes: Uint8Array, low: number, high: number, seen: ReadonlySet<number>): boolean {
  const words = wordsOf(bytes.subarray(0, bytes.length & ~3));
  let found = false;
  eachBlock(bytes, (at) => {
    found ||= seen.has(keyOf(words[at]! ^ low, words[at + 1]! ^ high));
  });
  return found;
}

function combined(a: Uint8Array, b: Uint8Array, sign: 1 | -1): Uint8Array {
  const [x, y] = [wordsOf(a), wordsOf(b)];
  return new Uint8Array(x.map((word, i) => word + sign * y[i]!).buffer);
}

/** The bytes of each word that are full of bits that count. */
function low(bytes: Uint8Array, width: number | undefined): Uint8Array {
  if (width === undefined) return bytes;
  const each = width >> 3;
  return Uint8Array.from(
    { length: (bytes.length / 4) * each },
    (_, i) => bytes[4 * Math.floor(i / each) + (i % each)]!,
  );
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}

/** Where each block stands, in words, and what stands for it: 53 of its bits, which no two random ones of a session share. */
function eachBlock(bytes: Uint8Array, look: (at: number, block: number) => void): void {
  const words = wordsOf(bytes.subarray(0, bytes.length & ~3));
  for (let at = 0; at + 4 <= words.length; at += 4) {
    // what is constant hides nothing: zeros of an alignment, a value that is repeated
    if (words[at] === words[at + 1] && words[at] === words[at + 2] && words[at] === words[at + 3]) continue;
    look(at, keyOf(words[at]!, words[at + 1]!));
  }
}

function keyOf(low: number, high: number): number {
  return (low >>> 0) * 2 ** 21 + (high >>> 11);
}
