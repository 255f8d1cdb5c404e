/** Files with something changed: bits, bytes, numbers, names, lists in lists. @module */

type Below = (count: number) => number;

const VALUES: readonly unknown[] = [
  { toString: 1 },
  { __proto__: null, length: -1 },
  null,
  '__proto__',
  'constructor',
  'a\u0000\n\u001b[31mb',
  -1,
  0,
  0.5,
  65536,
  2 ** 31,
  2 ** 53,
  1e308,
  '9'.repeat(18),
  [],
  [null, { toString: 1 }],
  true,
];

/** A byte or a bit changed, a piece taken out, doubled or filled, or the end cut off. */
export function mutatedBytes(bytes: Uint8Array, below: Below): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(1);
  const at = below(bytes.length);
  const length = 1 + below(16);
  switch (below(6)) {
    case 0:
      return bytes.with(at, below(256));
    case 1:
      return bytes.with(at, bytes[at]! ^ (1 << below(8)));
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 4:
      return bytes.slice(0, at);
    default:
      return Uint8Array.from(bytes).fill([0, 0x7f, 0xff][below(3)]!, at, at + length);
  }
}

/** One place of a JSON value changed to something else, taken out, repeated, or buried in lists. */
export function mutatedJson(json: unknown, below: Below): Uint8Array {
  const changed = JSON.stringify(changedAt(json, below));
  // lists in lists as text: what stringifies them overflows
  const deep = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
  return new TextEncoder().encode(changed.replace(JSON.stringify(DEEP), deep));
}

const DEEP = 'lists in lists';
const LEVELS = 5000;

function changedAt(json: unknown, below: Below): unknown {
  const copy = structuredClone(json);
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      collect(holder[key]);
    }
  };
  collect(copy);
  const { holder, key } = places[below(places.length)]!;
  const value = holder[key];
  switch (below(5)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return copy;
    case 1:
      if (Array.isArray(holder)) holder.push(structuredClone(value));
      else holder[`${key}_`] = value;
      return copy;
    case 2:
      holder[key] = typeof value === 'number' ? value * [2, 3, -1, 1024, 2 ** 20, 0.5][below(6)]! : DEEP;
      return copy;
    default:
      holder[key] = VALUES[below(VALUES.length)];
      return copy;
  }
}
