/** What each layer kind of tfjs becomes in the graph. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/ring.js';
import { activationImporters } from './activations.js';
import {
  bad,
  configOf,
  dataFormat,
  imageOf,
  type LayerContext,
  type LayerImporter,
  requireChannelsLast,
  requireLastAxis,
  unsupported,
} from './context.js';
import { convolutionImporters } from './convolutions.js';
import { poolImporters } from './pools.js';

/** Of an Add or a Concatenate. */
const MOST_INPUTS = 4096;

/** Layers that read several tensors. */
const JOINING = ['Add', 'Multiply', 'Concatenate'];

const identity: LayerImporter = ({ inputs }) => inputs[0]!;

const IMPORTERS: Readonly<Record<string, LayerImporter>> = {
  ...convolutionImporters,
  ...poolImporters,
  ...activationImporters,
  BatchNormalization: batchNormalization,
  Flatten: flatten,
  Reshape: reshape,
  ZeroPadding2D: zeroPadding,
  Add: ({ builder, layer, inputs }) => builder.add({ op: 'add', name: layer.name, inputs }),
  Multiply: multiply,
  Concatenate: concatenate,
  Dropout: identity,
  SpatialDropout1D: identity,
  SpatialDropout2D: identity,
  AlphaDropout: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,
  ActivityRegularization: identity,
};

/** The layer kinds that a model may have, sorted. */
export const SUPPORTED_LAYERS: readonly string[] = ['InputLayer', ...Object.keys(IMPORTERS)].sort();

/** Adds `context.layer`; throws UNSUPPORTED_LAYER where its kind or a setting of it is not supported. */
export function importLayer(context: LayerContext): number {
  const { layer, inputs } = context;
  const importer = Object.hasOwn(IMPORTERS, layer.kind) ? IMPORTERS[layer.kind] : undefined;
  if (importer === undefined) {
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `layer ${layer.name}: expected one of ${SUPPORTED_LAYERS.join(', ')}, got ${layer.kind}. Replace the layer`,
    );
  }
  const many = JOINING.includes(layer.kind);
  if (many ? inputs.length < 2 : inputs.length !== 1) {
    throw bad(context, many ? 'two or more inputs' : 'one input', String(inputs.length));
  }
  if (inputs.length > MOST_INPUTS) throw bad(context, `at most ${MOST_INPUTS} inputs`, String(inputs.length));
  return importer(context);
}

function batchNormalization(context: LayerContext): number {
  const schema = z.object({
    axis: z.union([z.number().int(), z.array(z.number().int()).length(1)]).nullish(),
    epsilon: z.number().nonnegative().default(1e-3),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
  });
  const { axis, epsilon, center, scale } = configOf(context, schema);
  requireLastAxis(context, [axis ?? -1].flat()[0]!);
  const { builder, weights, layer, inputs } = context;
  const channels = builder.shape(inputs[0]!).at(-1)!;
  const take = (kind: string) => weights.take(layer.name, kind, [channels]);
  const mean = take('moving_mean');
  const variance = take('moving_variance');
  const gamma = scale ? take('gamma') : undefined;
  const beta = center ? take('beta') : undefined;
  // y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
  const factor = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
  const offset = Float64Array.from(mean, (m, i) => (beta?.[i] ?? 0) - m * factor[i]!);
  return builder.add({ op: 'affine', name: layer.name, inputs, factor, offset });
}

function flatten(context: LayerContext): number {
  requireChannelsLast(context, configOf(context, z.object({ data_format: dataFormat })).data_format);
  const { builder, layer, inputs } = context;
  return builder.reshape(layer.name, inputs[0]!, [sizeOf(builder.shape(inputs[0]!))]);
}

function reshape(context: LayerContext): number {
  const schema = z.object({ target_shape: z.array(z.number().int().min(-1).nullable()) });
  const { builder, layer, inputs } = context;
  const size = sizeOf(builder.shape(inputs[0]!));
  // The extent that follows from the others is -1, or null as tfjs writes it.
  const target = configOf(context, schema).target_shape.map((extent) => extent ?? -1);
  const known = sizeOf(target.filter((extent) => extent !== -1));
  const shape = target.map((extent) => (extent === -1 ? size / known : extent));
  if (shape.length !== 1 && shape.length !== 3)
    throw unsupported(context, 'a target of one or three axes', `[${target}]`);
  return builder.reshape(layer.name, inputs[0]!, shape);
}

function zeroPadding(context: LayerContext): number {
  const amount = z.number().int().nonnegative();
  const pair = z.tuple([amount, amount]);
  const schema = z.object({ data_format: dataFormat, padding: z.union([amount, pair, z.tuple([pair, pair])]) });
  const { data_format: format, padding } = configOf(context, schema);
  requireChannelsLast(context, format);
  const [rows, columns] = typeof padding === 'number' ? [padding, padding] : padding;
  const [top, bottom] = typeof rows === 'number' ? [rows, rows] : rows;
  const [left, right] = typeof columns === 'number' ? [columns, columns] : columns;
  imageOf(context);
  const { builder, layer, inputs } = context;
  const padded = builder.pad(layer.name, inputs[0]!, 0, top, bottom);
  return builder.pad(layer.name, padded, 1, left, right);
}

function concatenate(context: LayerContext): number {
  const { axis } = configOf(context, z.object({ axis: z.number().int().nullish() }));
  requireLastAxis(context, axis ?? -1);
  const { builder, layer, inputs } = context;
  return builder.concat(layer.name, inputs, builder.shape(inputs[0]!).length - 1);
}

function multiply(context: LayerContext): number {
  const { builder, layer, inputs } = context;
  if (inputs.length !== 2) throw unsupported(context, 'two inputs', String(inputs.length));
  const [first, second] = inputs.map((id) => `[${builder.shape(id).join(',')}]`);
  if (first !== second) {
    throw unsupported(context, 'inputs of one shape, as nothing is broadcast', `${first} and ${second}`);
  }
  return builder.add({ op: 'product', name: layer.name, inputs });
}
