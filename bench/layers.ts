/** Where the cost of a network lies: every layer that the parties talk for, alone, on inputs of its own. @module */
import { macsOf } from '../src/core/linear-map.js';
import { sizeOf } from '../src/core/ring.js';
import type { FixedModel, FixedNode, LinearNode, NonlinearNode } from '../src/model/fixed-model.js';
import type { Mode } from './modes.js';
import { runPrivate } from './private.js';
import type { LayerRow } from './results.js';
import { uniformReals } from './synthetic.js';

const PASSES = { usual: 5, slow: 3 } as const;
/** Inputs are uniform in [-LIMIT, LIMIT]. */
const LIMIT = 1;

export interface LayersOptions {
  readonly name: string;
  readonly model: FixedModel;
  readonly modes: readonly Mode[];
  /** Inputs at once. */
  readonly batch: number;
  readonly onProgress?: (what: string) => void;
}

/** Time and bytes of each layer by itself; bytes to and from the client are left out. */
export async function measureLayers(options: LayersOptions): Promise<LayerRow[]> {
  const { name, model, modes, batch, onProgress = () => {} } = options;
  const rows: LayerRow[] = [];
  for (const mode of modes) {
    const passes = mode.slow ? PASSES.slow : PASSES.usual;
    for (const node of model.graph.nodes) {
      if (node.op !== 'linear' && node.op !== 'nonlinear') continue;
      onProgress(`layers of ${name}: ${node.name}, ${mode.name}`);
      const alone = layerAlone(model, node);
      const count = batch * sizeOf(alone.graph.nodes[0]!.shape);
      const inputs = uniformReals(count, LIMIT);
      const job = { model: alone, mode, inputs, count: batch, batch, passes };
      const { ms, bytes, exactInputs } = await runPrivate(job);
      rows.push({
        network: name,
        mode: mode.name,
        layer: node.name,
        kind: node.op === 'linear' ? 'linear' : kindOf(node),
        batch,
        work: batch * (node.op === 'linear' ? macsOf(node.map) : sizeOf(node.shape)),
        ms,
        bytes: { offline: bytes.offline, online: bytes.online },
        passes,
        exact: exactInputs === batch,
      });
    }
  }
  return rows;
}

function kindOf({ pool, activation }: NonlinearNode): string {
  if (pool === undefined) return activation;
  return activation === 'none' ? 'max' : `max and ${activation}`;
}

/** The network that is this layer and nothing else. */
function layerAlone({ graph, parameters }: FixedModel, node: LinearNode | NonlinearNode): FixedModel {
  const source: FixedNode = graph.nodes[node.inputs[0]!]!;
  const { shape, fractionBits } = source;
  const weights = parameters.get(node.id);
  return {
    graph: {
      name: node.name,
      ringBits: graph.ringBits,
      nodes: [
        { id: 0, name: 'input', op: 'input', inputs: [], shape, fractionBits, low: -LIMIT, high: LIMIT },
        { ...node, id: 1, inputs: [0] },
      ],
      output: 1,
      outputWidth: graph.ringBits,
      guaranteed: false,
    },
    parameters: new Map(weights ? [[1, weights]] : []),
  };
}
