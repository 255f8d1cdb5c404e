/** Activations, as layers of their own and inside Dense and convolutions. @module */
import { z } from 'zod';
import type { TacitError } from '../../../core/errors.js';
import { ofHalves, type RealActivation } from '../../ops/activations/activations.js';
import { configOf, type LayerContext, type LayerImporter, requireLastAxis, unsupported } from './context.js';

export const activationName: z.ZodType<string | null | undefined> = z.string().nullish();

/** What a layer names; `linear` and softmax, which is left to the client, are no activations of the table. */
const NAMED: ReadonlyMap<string, RealActivation> = new Map<string, RealActivation>([
  ['relu', { activation: 'relu' }],
  ['relu6', { activation: 'clip', clipMax: 6 }],
]);

/** Adds the activation after tensor `input` and gives the id of its output; `linear` adds nothing. */
export function activate(
  context: LayerContext,
  input: number,
  { activation }: { readonly activation?: string | null | undefined },
): number {
  const { builder, layer } = context;
  const name = input === context.inputs[0] ? layer.name : `${layer.name}/${activation}`;
  const kind = activation ?? 'linear';
  if (kind === 'linear') return input;
  if (kind === 'softmax') return builder.add({ op: 'softmax', name, inputs: [input] });
  const named = NAMED.get(kind);
  if (named !== undefined) return builder.add({ op: 'nonlinear', name, inputs: [input], ...named });
  const known = ['linear', ...NAMED.keys()].join(', ');
  throw unsupported(context, `the activation ${known} or (at the end) softmax`, kind);
}

/** Of a LeakyReLU that says none. */
const KERAS_SLOPE = 0.3;

export const activationImporters: Readonly<Record<string, LayerImporter>> = {
  Activation: (context) =>
    activate(context, context.inputs[0]!, configOf(context, z.object({ activation: activationName }))),
  ReLU: (context) => layer(context, relu(context)),
  LeakyReLU: (context) => layer(context, leakyRelu(context)),
  Softmax: (context) => {
    const { axis } = configOf(context, z.object({ axis: z.number().int().nullish() }));
    requireLastAxis(context, axis ?? -1);
    return activate(context, context.inputs[0]!, { activation: 'softmax' });
  },
};

function layer({ builder, layer: { name }, inputs }: LayerContext, activation: RealActivation): number {
  return builder.add({ op: 'nonlinear', name, inputs, ...activation });
}

function relu(context: LayerContext): RealActivation {
  const one = z.union([z.number(), z.array(z.number()).length(1)]).nullish();
  const schema = z.object({ max_value: z.number().positive().nullish(), negative_slope: one, threshold: one });
  const { max_value: max, negative_slope: slope, threshold } = configOf(context, schema);
  const [negative = 0] = [slope ?? 0].flat();
  const [from = 0] = [threshold ?? 0].flat();
  if (from !== 0) throw unsupported(context, 'no threshold', String(from));
  const most = max ?? Number.POSITIVE_INFINITY;
  const found = ofHalves({ negative, most });
  if (found !== undefined) return found;
  if (most === Number.POSITIVE_INFINITY) throw steep(context, 'negative_slope', negative);
  const came = `a negative_slope of ${negative} and a max_value of ${most}`;
  throw unsupported(context, 'no negative_slope beside a max_value', came);
}

function steep(context: LayerContext, field: string, slope: number): TacitError {
  return unsupported(context, `${field} to be from 0 to 1`, String(slope));
}

/** Keras 3 has `negative_slope`, older files `alpha`. */
function leakyRelu(context: LayerContext): RealActivation {
  const slope = z.number().nullish();
  const { alpha, negative_slope } = configOf(context, z.object({ alpha: slope, negative_slope: slope }));
  const negative = negative_slope ?? alpha ?? KERAS_SLOPE;
  const found = ofHalves({ negative, most: Number.POSITIVE_INFINITY });
  if (found === undefined) throw steep(context, negative_slope == null ? 'alpha' : 'negative_slope', negative);
  return found;
}
