/** The windows of convolutions and pools along each axis of space, as attributes give them. https://onnx.ai/onnx/operators/onnx__Conv.html @module */
import type { Window } from '../spatial.js';
import type { NodeContext } from './context.js';

const MOST = 2 ** 16;

/** `extra` of the padding behind is no padding of the file: the last window reaches there. */
export interface RoundedWindow extends Window {
  readonly extra: number;
}

/** `window` has one extent for each axis of `space`. Where outputs are rounded up, the last window may reach beyond the padding. */
export function windowsOf(
  context: NodeContext,
  space: readonly number[],
  window: readonly number[],
  roundsUp: boolean,
): readonly RoundedWindow[] {
  const kind = paddingKind(context);
  const strides = eachAxis(context, 'strides', space.length, 1);
  const dilations = eachAxis(context, 'dilations', space.length, 1);
  const pads = eachAxis(context, 'pads', 2 * space.length, 0);
  if (window.length !== space.length || window.some((extent) => extent < 1 || extent > MOST)) {
    throw context.bad(`${space.length} window extents of 1 to ${MOST}`, `[${window.join(',')}]`);
  }
  return space.map((input, i) => {
    const [stride, dilation] = [strides[i]!, dilations[i]!];
    const reach = dilation * (window[i]! - 1) + 1;
    const [before, after] =
      kind === 'NOTSET' ? [pads[i]!, pads[i + space.length]!] : automatic(kind, input, stride, reach);
    const room = input + before + after - reach;
    if (room < 0) throw context.bad(`an extent of at least ${reach - before - after}`, String(input));
    const outputs = Math.ceil(room / stride);
    // a window that would start in the padding behind is left out
    const extra = roundsUp && outputs * stride < input + before ? outputs * stride - room : 0;
    return { window: window[i]!, stride, dilation, before, after: after + extra, extra };
  });
}

export type PaddingKind = 'NOTSET' | 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';

export function paddingKind({ attributes }: NodeContext): PaddingKind {
  return attributes.choice<PaddingKind>('auto_pad', ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'], 'NOTSET');
}

/** A list of one number an axis, at least `absent`. */
export function eachAxis(context: NodeContext, name: string, count: number, absent: number): readonly number[] {
  const values = context.attributes.ints(name) ?? new Array<number>(count).fill(absent);
  if (values.length !== count || values.some((value) => value < absent || value > MOST)) {
    throw context.bad(`${count} ${name} of ${absent} to ${MOST}`, `[${values.join(',')}]`);
  }
  return values;
}

function automatic(
  kind: Exclude<PaddingKind, 'NOTSET'>,
  input: number,
  stride: number,
  reach: number,
): readonly [number, number] {
  if (kind === 'VALID') return [0, 0];
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
  const less = Math.floor(total / 2);
  return kind === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
}
