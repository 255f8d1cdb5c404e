/** Activations, as a layer of their own and inside Dense and convolutions. @module */
import { z } from 'zod';
import { type LayerContext, unsupported } from './context.js';

export const activationName: z.ZodType<string | null | undefined> = z.string().nullish();

/** Adds the activation after tensor `input` and gives the id of its output; `linear` adds nothing. */
export function activate(
  context: LayerContext,
  input: number,
  { activation }: { readonly activation?: string | null | undefined },
): number {
  const { builder, layer } = context;
  const name = input === context.inputs[0] ? layer.name : `${layer.name}/${activation}`;
  const base = { name, inputs: [input] };
  switch (activation ?? 'linear') {
    case 'linear':
      return input;
    case 'relu':
      return builder.add({ ...base, op: 'nonlinear', activation: 'relu' });
    case 'relu6':
      return builder.add({ ...base, op: 'nonlinear', activation: 'clip', clipMax: 6 });
    case 'softmax':
      return builder.add({ ...base, op: 'softmax' });
    default:
      throw unsupported(context, 'the activation linear, relu, relu6 or (at the end) softmax', String(activation));
  }
}
