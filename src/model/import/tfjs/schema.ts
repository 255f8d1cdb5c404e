/** The parts of a tfjs LayersModel file (model.json) that inference needs. @module */
import { z } from 'zod';

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?:
    | {
        readonly dtype: 'uint8' | 'uint16' | 'float16';
        readonly scale?: number | undefined;
        readonly min?: number | undefined;
      }
    | undefined;
}

export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

export interface LayerSpec {
  readonly class_name: string;
  readonly name?: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: readonly unknown[] | undefined;
  /** By Keras 3, `package>class` of what is not its own. */
  readonly registered_name?: string | null | undefined;
}

export interface NetworkSpec {
  readonly class_name: string;
  readonly config: {
    readonly name?: string | undefined;
    readonly layers: readonly LayerSpec[];
    readonly input_layers?: readonly unknown[] | undefined;
    readonly output_layers?: readonly unknown[] | undefined;
    readonly build_input_shape?: readonly (number | null)[] | null | undefined;
  };
  /** What wrote it, where that is told here. */
  readonly keras_version?: string | undefined;
}

/** Converters put the network under `model_config` and the version beside it, tfjs itself does not. */
export interface ModelFile {
  readonly format?: string | undefined;
  readonly modelTopology:
    | NetworkSpec
    | { readonly model_config: NetworkSpec; readonly keras_version?: string | undefined };
  readonly weightsManifest: readonly WeightGroup[];
}

const MAX_EXTENT = 2 ** 31;
const MAX_RANK = 8;

const weight = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative().max(MAX_EXTENT)).max(MAX_RANK),
  dtype: z.string(),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});

const layer = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.unknown()).optional(),
  registered_name: z.string().nullish(),
});

const layers = z.array(layer);

/** Inputs or outputs; Keras 3 may have them by name. */
const ends = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? Object.values(value) : value),
  z.array(z.unknown()),
);

/** Old Sequential files have the layers themselves as their config. */
const networkConfig = z.preprocess(
  (config) => (Array.isArray(config) ? { layers: config } : config),
  z.object({
    name: z.string().optional(),
    layers,
    input_layers: ends.optional(),
    output_layers: ends.optional(),
    build_input_shape: z.array(z.number().nullable()).nullish(),
  }),
);

export const networkSpec: z.ZodType<NetworkSpec> = z.object({
  class_name: z.string(),
  config: networkConfig,
  keras_version: z.string().optional(),
});

const weightsManifest = z.array(z.object({ paths: z.array(z.string()), weights: z.array(weight) }));

/** What a model.json says of its weights, whatever its format. */
export const manifest: z.ZodType<{ readonly weightsManifest: readonly WeightGroup[] }> = z.object({ weightsManifest });

/** Checks a parsed model.json. */
export const modelFile: z.ZodType<ModelFile> = z.object({
  format: z.string().optional(),
  modelTopology: z.union([z.object({ model_config: networkSpec, keras_version: z.string().optional() }), networkSpec]),
  weightsManifest,
});
