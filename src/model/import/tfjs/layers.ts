/** What each layer kind of tfjs becomes in the graph. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { quote } from '../quote.js';
import { activationImporters } from './activations.js';
import { bad, configOf, type LayerContext, type LayerImporter, unsupported } from './context.js';
import { convolutionImporters } from './convolutions.js';
import { isMerge, mergeImporters } from './merges.js';
import { normalisationImporters } from './normalisations.js';
import { poolImporters } from './pools.js';
import { shapeImporters } from './shapes.js';

/** Layers that do nothing at inference. */
const IDENTITIES = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
  'Identity',
  'RandomFlip',
  'RandomRotation',
  'RandomZoom',
  'RandomTranslation',
  'RandomContrast',
  'RandomBrightness',
] as const;

export function isIdentity(kind: string): boolean {
  return IDENTITIES.some((identical) => identical === kind);
}

const identity: LayerImporter = ({ inputs }) => inputs[0]!;

const IMPORTERS: Readonly<Record<string, LayerImporter>> = {
  ...convolutionImporters,
  ...poolImporters,
  ...activationImporters,
  ...normalisationImporters,
  ...shapeImporters,
  ...mergeImporters,
  ...Object.fromEntries(IDENTITIES.map((kind) => [kind, identity])),
  TimeDistributed: timeDistributed,
};

/** The layer kinds that a model may have, sorted. */
export const SUPPORTED_LAYERS: readonly string[] = [
  'InputLayer',
  'Sequential',
  'Functional',
  ...Object.keys(IMPORTERS),
].sort();

const RECURRENT = /(?:RNN|LSTM|GRU|Bidirectional|Cell)/;

/** Adds `context.layer`; throws UNSUPPORTED_LAYER where its kind or a setting of it is not supported. */
export function importLayer(context: LayerContext): number {
  const { layer, inputs } = context;
  const importer = Object.hasOwn(IMPORTERS, layer.kind) ? IMPORTERS[layer.kind] : undefined;
  if (importer === undefined) {
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `layer ${layer.name}: expected a layer of a supported kind, got ${quote(layer.kind)}${RECURRENT.test(layer.kind) ? ', which is recurrent' : ''}`,
      { facts: { operator: layer.kind } },
    );
  }
  if (!isMerge(layer.kind) && inputs.length !== 1) throw bad(context, 'one input', String(inputs.length));
  return importer(context);
}

/** Layers that treat axes in front of theirs as so many inputs. */
const OVER_TIME = new Set([
  ...Object.keys(convolutionImporters),
  ...Object.keys(activationImporters),
  ...Object.keys(poolImporters),
  ...IDENTITIES,
  'Rescaling',
]);

/** A layer applied to each step of the first axis. */
function timeDistributed(context: LayerContext): number {
  const schema = z.object({
    layer: z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) }),
  });
  const { class_name: kind, config } = configOf(context, schema).layer;
  if (!OVER_TIME.has(kind))
    throw unsupported(context, 'a dense layer, a convolution, a pool or an activation inside', kind);
  return importLayer({ ...context, layer: { name: context.layer.name, kind, config } });
}
