/** What a LayersModel says of the images that it takes: by a Rescaling on its input, or in the metadata of a Teachable Machine export. @module */
import { z } from 'zod';
import { printable } from '../../../core/text.js';
import type { ModelCard } from '../../card.js';
import type { Network } from './topology.js';

/** What Teachable Machine writes beside the model.json. */
const teachableMachine = z.object({
  packageName: z.literal('@teachablemachine/image'),
  labels: z.array(z.string()).max(4096),
});

/** What Teachable Machine makes of bytes: b / 127 - 1. */
const TEACHABLE_SCALE = 1 / 127;
/** Of a Rescaling of bytes: to 1, or to a range of 2. */
const REACHES: readonly number[] = [1, 2];
const MAX_BYTE = 255;

/** Of what a file beside the model.json holds; undefined of any other than Teachable Machine's. */
export function cardOfExport(metadata: unknown): ModelCard | undefined {
  const found = teachableMachine.safeParse(metadata);
  if (!found.success) return undefined;
  return { scale: TEACHABLE_SCALE, mean: [1], labels: found.data.labels.map((label) => printable(label)) };
}

/** Of a network that brings bytes to [0, 1] or [-1, 1] itself; undefined of others. */
export function cardOf(network: Network): ModelCard | undefined {
  return takesBytes(network) ? { scale: 1 } : undefined;
}

function takesBytes({ inputs, calls }: Network): boolean {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) return false;
  const [first, ...more] = calls.filter((call) => call.inputs.includes(input.tensor));
  if (first === undefined || more.length > 0) return false;
  if (first.network !== undefined) return takesBytes(first.network);
  const { kind, config } = first.layer;
  return kind === 'Rescaling' && REACHES.some((reach) => Math.abs(MAX_BYTE * Number(config.scale) - reach) < 0.02);
}
