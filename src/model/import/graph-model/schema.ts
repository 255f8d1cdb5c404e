/** The parts of a TensorFlow graph, as tensorflowjs_converter writes it into model.json, that inference needs. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';

interface Attribute {
  readonly s?: string | undefined;
  readonly i?: number | undefined;
  readonly f?: number | undefined;
  readonly b?: boolean | undefined;
  readonly type?: string | undefined;
  readonly shape?:
    | {
        readonly dim?: readonly { readonly size?: number | undefined }[] | undefined;
        readonly unknownRank?: boolean | undefined;
      }
    | undefined;
  readonly list?:
    | { readonly i?: readonly number[] | undefined; readonly s?: readonly string[] | undefined }
    | undefined;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
}

interface Signature {
  readonly outputs?: Readonly<Record<string, { readonly name: string }>> | undefined;
}

export interface GraphModel {
  readonly modelTopology: { readonly node: readonly GraphNode[] };
  readonly signature?: Signature | undefined;
  readonly userDefinedMetadata?: { readonly signature?: Signature | undefined } | undefined;
}

/** A number, or one as text. */
const integer = z.union([z.number(), z.string().regex(/^-?\d{1,18}$/)]).transform(Number);
/** Of an attribute: text is base64, or bytes. */
const text = z.union([z.base64(), z.array(z.number().int().min(0).max(255)).max(2 ** 16)]).transform((value) => {
  return typeof value === 'string' ? atob(value) : String.fromCharCode(...value);
});

const attribute = z.object({
  s: text.optional(),
  i: integer.optional(),
  f: z.union([z.number(), z.string()]).transform(Number).optional(),
  b: z.boolean().optional(),
  type: z.union([z.string(), z.number()]).transform(String).optional(),
  shape: z
    .object({ dim: z.array(z.object({ size: integer.optional() })).optional(), unknownRank: z.boolean().optional() })
    .optional(),
  list: z.object({ i: z.array(integer).optional(), s: z.array(text).optional() }).optional(),
});

const node = z.object({
  name: z.string().min(1),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attribute).default({}),
});

const signature = z.object({ outputs: z.record(z.string(), z.object({ name: z.string() })).optional() });

/** Checks a parsed model.json. */
export const graphModel: z.ZodType<GraphModel> = z.object({
  modelTopology: z.object({ node: z.array(node).max(2 ** 17) }),
  signature: signature.optional(),
  userDefinedMetadata: z.object({ signature: signature.optional() }).optional(),
}) as z.ZodType<GraphModel>;

/** What a node is asked for. */
export class Settings {
  readonly #node: GraphNode;

  constructor(graphNode: GraphNode) {
    this.#node = graphNode;
  }

  text(name: string, fallback: string): string {
    return this.#node.attr[name]?.s ?? fallback;
  }

  flag(name: string, fallback = false): boolean {
    return this.#node.attr[name]?.b ?? fallback;
  }

  integer(name: string, fallback: number): number {
    return this.#node.attr[name]?.i ?? fallback;
  }

  float(name: string, fallback: number): number {
    return this.#node.attr[name]?.f ?? fallback;
  }

  type(name: string): string {
    return this.#node.attr[name]?.type ?? '';
  }

  integers(name: string): readonly number[] | undefined {
    return this.#node.attr[name]?.list?.i;
  }

  texts(name: string): readonly string[] {
    return this.#node.attr[name]?.list?.s ?? [];
  }

  /** Extents, -1 where they are open; undefined where even their number is. */
  shape(name: string): readonly number[] | undefined {
    const shape = this.#node.attr[name]?.shape;
    return shape === undefined || shape.unknownRank ? undefined : (shape.dim ?? []).map(({ size }) => size ?? -1);
  }
}

export function refused({ name, op }: GraphNode, expected: string, came: string): TacitError {
  const where = `node ${printable(name, 100)} (${printable(op, 40)})`;
  return new TacitError('UNSUPPORTED_LAYER', `${where}: expected ${expected}, got ${came}. Replace the node`);
}

export function unknown({ name, op }: GraphNode): TacitError {
  const operator = printable(op, 40);
  const message = `node ${printable(name, 100)}: expected a supported operator, got ${operator}`;
  return new TacitError('UNSUPPORTED_LAYER', message, { facts: { operator } });
}
