/** What an ONNX file says of the images that it takes: its image metadata, the type of its input and the denotations of its axes. https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md @module */
import type { ModelProto } from 'onnx-buf';
import type { ModelCard } from '../../card.js';
import { DataType } from './constant.js';

/** By Image.NominalPixelRange: what bytes become. */
const RANGES: ReadonlyMap<string, ModelCard> = new Map<string, ModelCard>([
  ['NominalRange_0_255', { scale: 1 }],
  ['Normalized_0_1', { scale: 1 / 255 }],
  ['Normalized_1_1', { mean: [0.5], std: [0.5] }],
  ['NominalRange_16_235', { scale: 219 / 255, mean: [-16] }],
]);
const BLUE_FIRST = /^Bgra?8$/;

/** Undefined where it says nothing. */
export function cardOf({ metadataProps, graph }: ModelProto): ModelCard | undefined {
  const facts = new Map(metadataProps.map(({ key, value }) => [key, value]));
  const layout = layoutOf(graph);
  const card: ModelCard = {
    ...(RANGES.get(facts.get('Image.NominalPixelRange') ?? '') ?? (takesBytes(graph) ? { scale: 1 } : {})),
    ...(BLUE_FIRST.test(facts.get('Image.BitmapPixelFormat') ?? '') ? { blueFirst: true } : {}),
    ...(layout === undefined ? {} : { layout }),
  };
  return Object.keys(card).length === 0 ? undefined : card;
}

function takesBytes(graph: ModelProto['graph']): boolean {
  const type = graph?.input[0]?.type?.value;
  return type?.case === 'tensorType' && type.value.elemType === DataType.UINT8;
}

/** Of the first input, which has a batch. */
function layoutOf(graph: ModelProto['graph']): ModelCard['layout'] {
  const type = graph?.input[0]?.type?.value;
  if (type?.case !== 'tensorType') return undefined;
  const axes = type.value.shape?.dim.map(({ denotation }) => denotation) ?? [];
  if (axes.length !== 4) return undefined;
  if (axes[1] === 'DATA_CHANNEL') return 'nchw';
  return axes[3] === 'DATA_CHANNEL' ? 'nhwc' : undefined;
}
