/** The names of classes, and what outputs say of them: the best five with their probabilities: by softmax of logits. @module */
import { TacitError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/ring.js';
import { printable } from '../../src/core/text.js';
import type { Port } from '../../src/model/ops/node.js';
import { readBytes } from './files.js';
import { parseJson } from './formats/json.js';

export interface LabelledClass {
  readonly index: number;
  readonly name: string;
  /** null where the client learns labels alone. */
  readonly probability: number | null;
}

const MOST_BYTES = 2 ** 24;
const BEST = 5;
const ADVICE = 'Write one name a line, a JSON list of names, or a JSON object of names by index';

/** One name a line, a JSON list, or a JSON object by index, whose values may be lists that end in the name. @throws USAGE, BAD_INPUT */
export async function readLabels(path: string): Promise<readonly string[]> {
  const bytes = await readBytes(path, MOST_BYTES);
  const text = Buffer.from(bytes).toString('utf8');
  if (!/^\s*[[{]/.test(text))
    return text
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => printable(line.trim()));
  const data = parseJson(bytes, path, ADVICE);
  const values: readonly unknown[] = Array.isArray(data)
    ? data
    : byIndex(data as Readonly<Record<string, unknown>>, path);
  return values.map((value, index) => {
    const name: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof name === 'string') return printable(name);
    throw bad(`the name of class ${index} in ${path}`, name === undefined ? 'none' : 'another value');
  });
}

function byIndex(names: Readonly<Record<string, unknown>>, path: string): readonly unknown[] {
  const count = Object.keys(names).length;
  const missing = Array.from({ length: count }, (_, index) => index).find((index) => !Object.hasOwn(names, index));
  if (missing !== undefined) throw bad(`names of the classes 0 to ${count - 1} in ${path}`, `none of class ${missing}`);
  return Array.from({ length: count }, (_, index) => names[index]);
}

/** @throws BAD_INPUT where there are not as many names as classes */
export function checkLabels(labels: readonly string[], classes: number, outputs: readonly Port[]): void {
  if (labels.length === classes || (isOneSided(outputs) && labels.length === 2)) return;
  throw bad(
    isOneSided(outputs) ? '2 labels, of zero and of one' : `${classes} labels, one for each output`,
    String(labels.length),
  );
}

/** One probability, of the second of two classes. */
function isOneSided(outputs: readonly Port[]): boolean {
  const [only, ...others] = outputs;
  return others.length === 0 && only!.ending === 'sigmoid' && sizeOf(only!.shape) === 1;
}

/** The outputs with a number for each class: of one probability the other one is what is left. */
export function perClass(
  values: readonly number[],
  outputs: readonly Port[],
  labels: readonly string[],
): readonly number[] {
  return isOneSided(outputs) && labels.length === 2 ? values.flatMap((value) => [1 - value, value]) : values;
}

/** What the outputs are: probabilities of each class by itself, as a network that ends in a sigmoid gives them, or logits. */
export function outputKindOf(outputs: readonly Port[]): 'probabilities' | 'logits' {
  return outputs.every(({ ending }) => ending === 'sigmoid') ? 'probabilities' : 'logits';
}

/** Of each row of outputs the best five classes. */
export function bestLabels(
  outputs: readonly number[],
  labels: readonly string[],
  kind: 'probabilities' | 'logits',
): LabelledClass[][] {
  const classes = labels.length;
  return Array.from({ length: outputs.length / classes }, (_, n) => {
    const row = outputs.slice(n * classes, (n + 1) * classes);
    const probabilities = kind === 'logits' ? softmax(row) : row;
    return [...probabilities.keys()]
      .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
      .slice(0, BEST)
      .map((index) => ({ index, name: labels[index]!, probability: probabilities[index]! }));
  });
}

/** Of each row of revealed indices their names. */
export function namedLabels(indices: readonly number[], columns: number, labels: readonly string[]): LabelledClass[][] {
  return Array.from({ length: indices.length / columns }, (_, n) =>
    indices.slice(n * columns, (n + 1) * columns).map((index) => ({ index, name: labels[index]!, probability: null })),
  );
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_INPUT', `expected ${expected}, got ${came}. ${ADVICE}`);
}
