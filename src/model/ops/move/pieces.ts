/**
 * A movement of elements in few numbers: boxes of elements that are copied from one of several tensors to another place of the result.
 * What no box covers is filled with one value.
 *
 * Box element (i, j, ...) goes from `from + i * fromSteps[0] + j * fromSteps[1] + ...` to `to + i * toSteps[0] + ...`, both flat, row major.
 * A piece covers no element twice, and no two pieces cover the same.
 * @module
 */
import { TacitError } from '../../../core/errors.js';
import { FILL } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';

export interface Piece {
  /** Which of the tensors it reads. */
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  readonly fromSteps: readonly number[];
  readonly toSteps: readonly number[];
}

/**
 * The pieces of a map from each element of the result to its source: an index into the tensors one after the other, or FILL.
 *
 * @param sizes elements of each tensor
 */
export function piecesOf(map: Int32Array, sizes: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  for (const [source, size] of sizes.entries()) {
    for (const piece of piecesFrom(map, source, first, first + size)) pieces.push(piece);
    first += size;
  }
  return pieces;
}

/** Some 25 MB of a plan. */
const MOST_PIECES = 2 ** 18;

function tooMany(): TacitError {
  return new TacitError(
    'UNSUPPORTED_LAYER',
    `expected movements of elements in at most ${MOST_PIECES} boxes, got more. Move them in rows`,
  );
}

/** All elements of the first tensor, in their order. */
export function rowOf(size: number): Piece {
  return { source: 0, from: 0, to: 0, counts: [size], fromSteps: [1], toSteps: [1] };
}

/** Whether a piece reads and writes inside: of a plan that comes from elsewhere nobody made sure. */
export function isInside(piece: Piece, sizes: readonly number[], elements: number): boolean {
  const { source, from, to, counts, fromSteps, toSteps } = piece;
  const isInBounds = (start: number, steps: readonly number[], size: number): boolean => {
    const ends = counts.map((count, axis) => (count - 1) * steps[axis]!);
    const least = ends.reduce((sum, end) => sum + Math.min(0, end), start);
    const most = ends.reduce((sum, end) => sum + Math.max(0, end), start);
    return [start, ...steps].every(Number.isInteger) && least >= 0 && most < size;
  };
  return (
    counts.every((count) => Number.isInteger(count) && count > 0) &&
    sizeOf(counts) <= elements &&
    isInBounds(from, fromSteps, sizes[source] ?? 0) &&
    isInBounds(to, toSteps, elements)
  );
}

/** The map that pieces stand for. */
export function mapOf(pieces: readonly Piece[], sizes: readonly number[], elements: number): Int32Array {
  const map = new Int32Array(elements).fill(FILL);
  const first: number[] = [];
  let total = 0;
  for (const size of sizes) {
    first.push(total);
    total += size;
  }
  for (const piece of pieces) {
    const offset = first[piece.source]!;
    forEachRun(piece, (to, from, count, toStep, fromStep) => {
      for (let i = 0; i < count; i++) map[to + i * toStep] = offset + from + i * fromStep;
    });
  }
  return map;
}

/** Calls `visit` for runs along the last axis of a piece. */
export function forEachRun(
  { from, to, counts, fromSteps, toSteps }: Piece,
  visit: (to: number, from: number, count: number, toStep: number, fromStep: number) => void,
): void {
  const last = counts.length - 1;
  const position = new Array<number>(Math.max(last, 0)).fill(0);
  const count = counts[last] ?? 1;
  const toStep = toSteps[last] ?? 1;
  const fromStep = fromSteps[last] ?? 1;
  let [at, source] = [to, from];
  for (;;) {
    visit(at, source, count, toStep, fromStep);
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      at += toSteps[axis]!;
      source += fromSteps[axis]!;
      position[axis]!++;
      if (position[axis]! < counts[axis]!) break;
      at -= position[axis]! * toSteps[axis]!;
      source -= position[axis]! * fromSteps[axis]!;
      position[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** A run of boxes of one form, as they are found: where each starts. */
interface Level {
  readonly to: Int32Array;
  readonly from: Int32Array;
  /** Which form each box has. */
  readonly form: Int32Array;
}

/** What boxes have in common, outermost axis first. */
type Form = Pick<Piece, 'counts' | 'fromSteps' | 'toSteps'>;

/** Neighbours at equal distances become one box of one axis more, until there are none. */
function piecesFrom(map: Int32Array, source: number, low: number, high: number): Piece[] {
  const forms: Form[] = [{ counts: [], fromSteps: [], toSteps: [] }];
  let level = elementsFrom(map, low, high);
  for (;;) {
    const joined = join(level, forms);
    if (joined.to.length === level.to.length) break;
    level = joined;
  }
  if (level.to.length > MOST_PIECES) throw tooMany();
  return Array.from(level.to, (to, i) => ({ source, from: level.from[i]!, to, ...forms[level.form[i]!]! }));
}

function elementsFrom(map: Int32Array, low: number, high: number): Level {
  let count = 0;
  for (let i = 0; i < map.length; i++) if (map[i]! >= low && map[i]! < high) count++;
  const to = new Int32Array(count);
  const from = new Int32Array(count);
  let next = 0;
  for (let i = 0; i < map.length; i++) {
    if (map[i]! < low || map[i]! >= high) continue;
    to[next] = i;
    from[next] = map[i]! - low;
    next++;
  }
  return { to, from, form: new Int32Array(count) };
}

function join({ to, from, form }: Level, forms: Form[]): Level {
  const starts: number[] = [];
  const joined: number[] = [];
  const known = new Map<string, number>();
  for (let i = 0; i < to.length; ) {
    let end = i + 1;
    if (end < to.length && form[end] === form[i]) {
      const toStep = to[end]! - to[i]!;
      const fromStep = from[end]! - from[i]!;
      while (
        end < to.length &&
        form[end] === form[i] &&
        to[end]! - to[end - 1]! === toStep &&
        from[end]! - from[end - 1]! === fromStep
      ) {
        end++;
      }
    }
    starts.push(i);
    joined.push(
      end - i === 1 ? form[i]! : formOf(forms, known, form[i]!, end - i, to[i + 1]! - to[i]!, from[i + 1]! - from[i]!),
    );
    i = end;
  }
  return {
    to: Int32Array.from(starts, (i) => to[i]!),
    from: Int32Array.from(starts, (i) => from[i]!),
    form: Int32Array.from(joined),
  };
}

/** The number of the form that `count` boxes of form `inner` make. */
function formOf(
  forms: Form[],
  known: Map<string, number>,
  inner: number,
  count: number,
  toStep: number,
  fromStep: number,
): number {
  const key = `${inner} ${count} ${toStep} ${fromStep}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (forms.length > MOST_PIECES) throw tooMany();
  const { counts, fromSteps, toSteps } = forms[inner]!;
  forms.push({ counts: [count, ...counts], fromSteps: [fromStep, ...fromSteps], toSteps: [toStep, ...toSteps] });
  known.set(key, forms.length - 1);
  return forms.length - 1;
}
