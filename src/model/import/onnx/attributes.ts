/** The attributes of a node, by their types. One that no operator asked for is refused: it would change the result in silence. @module */
import { type AttributeProto, type GraphProto, type NodeProto, AttributeProto_AttributeType as Type } from 'onnx-buf';
import type { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';
import type { Constant } from './constant.js';
import { constantFrom } from './tensors.js';

/** The error of a node: what was expected, what came. */
export type Refusal = (expected: string, came: string) => TacitError;

/** Sizes and positions are below it; Slice's ends may be beyond. */
const MAX_INTEGER = 2 ** 31;

const MOST_TEXT = 100;

export class Attributes {
  readonly #attributes = new Map<string, AttributeProto>();
  readonly #unread: Set<string>;
  readonly #bad: Refusal;
  readonly #unsupported: Refusal;

  constructor(node: NodeProto, bad: Refusal, unsupported: Refusal) {
    this.#bad = bad;
    this.#unsupported = unsupported;
    for (const attribute of node.attribute) {
      const { name } = attribute;
      if (this.#attributes.has(name)) throw bad('attributes of distinct names', `${printable(name)} twice`);
      if (attribute.refAttrName !== '') throw bad('attributes with values', `a reference ${printable(name)}`);
      this.#attributes.set(name, attribute);
    }
    this.#unread = new Set(this.#attributes.keys());
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, absent: number): number;
  int(name: string): number | undefined;
  int(name: string, absent?: number): number | undefined {
    const attribute = this.#read(name, Type.INT);
    return attribute === undefined ? absent : this.#integer(name, attribute.i);
  }

  /** An integer that is 0 or 1. */
  flag(name: string, absent: boolean): boolean {
    const value = this.int(name, Number(absent));
    if (value !== 0 && value !== 1) throw this.#bad(`${name} to be 0 or 1`, String(value));
    return value === 1;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#read(name, Type.INTS)?.ints.map((value) => this.#integer(name, value));
  }

  /** Ends of slices may lie beyond every tensor. */
  ends(name: string): readonly number[] | undefined {
    return this.#read(name, Type.INTS)?.ints.map(Number);
  }

  float(name: string, absent: number): number;
  float(name: string): number | undefined;
  float(name: string, absent?: number): number | undefined {
    const attribute = this.#read(name, Type.FLOAT);
    return attribute === undefined ? absent : this.#finite(name, attribute.f);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#read(name, Type.FLOATS)?.floats.map((value) => this.#finite(name, value));
  }

  /** Its beginning, where it is longer than any that is known. */
  text(name: string): string | undefined {
    const attribute = this.#read(name, Type.STRING);
    return attribute && new TextDecoder().decode(attribute.s.subarray(0, MOST_TEXT));
  }

  /** One of `known`. */
  choice<T extends string>(name: string, known: readonly T[], absent: T): T {
    const text = this.text(name);
    if (text === undefined) return absent;
    const found = known.find((each) => each === text);
    if (found === undefined) throw this.#unsupported(`${name} to be ${known.join(' or ')}`, printable(text));
    return found;
  }

  tensor(name: string): Constant | undefined {
    const attribute = this.#read(name, Type.TENSOR);
    return attribute?.t === undefined ? undefined : constantFrom(attribute.t, name);
  }

  graph(name: string): GraphProto {
    const graph = this.#read(name, Type.GRAPH)?.g;
    if (graph === undefined) throw this.#bad(`a graph ${name}`, 'none');
    return graph;
  }

  /** Attributes that say nothing about inference. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#unread.delete(name);
  }

  /** @throws where an attribute was not read */
  finish(): void {
    const [name] = this.#unread;
    if (name !== undefined) throw this.#unsupported('no other attributes', printable(name));
  }

  #read(name: string, type: Type): AttributeProto | undefined {
    const attribute = this.#attributes.get(name);
    if (attribute === undefined) return undefined;
    this.#unread.delete(name);
    // files of before 2017 leave the type out
    if (attribute.type !== type && attribute.type !== Type.UNDEFINED) {
      throw this.#bad(
        `${name} to be of type ${Type[type].toLowerCase()}`,
        Type[attribute.type]?.toLowerCase() ?? 'another',
      );
    }
    return attribute;
  }

  #integer(name: string, value: bigint): number {
    const number = Number(value);
    if (Math.abs(number) > MAX_INTEGER) throw this.#bad(`${name} to be at most ${MAX_INTEGER}`, String(value));
    return number;
  }

  #finite(name: string, value: number): number {
    if (!Number.isFinite(value)) throw this.#bad(`${name} to be finite`, String(value));
    return value;
  }
}
