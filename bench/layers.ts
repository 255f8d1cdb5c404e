/** Where the cost of a network lies: every layer that the parties talk for, alone, on inputs of its own. @module */
import { macsOf } from '../src/core/linear-map.js';
import { sizeOf } from '../src/core/ring.js';
import type { FixedModel, FixedNode, LinearNode, NonlinearNode } from '../src/model/fixed-model.js';
import type { Job } from './agenda.js';
import { runMs, workOf } from './estimate.js';
import { type Mode, planFields } from './modes.js';
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

/** One layer under one trust model. */
interface LayerJob {
  readonly what: string;
  readonly mode: Mode;
  readonly node: LinearNode | NonlinearNode;
  /** The network that is this layer and nothing else. */
  readonly alone: FixedModel;
  readonly passes: number;
}

function jobsOf({ name, model, modes }: LayersOptions): LayerJob[] {
  return modes.flatMap((mode) =>
    model.graph.nodes.flatMap((node) => {
      if (node.op !== 'linear' && node.op !== 'nonlinear') return [];
      const what = `layers of ${name}: ${node.name}, ${mode.name}`;
      return [{ what, mode, node, alone: layerAlone(model, node), passes: mode.slow ? PASSES.slow : PASSES.usual }];
    }),
  );
}

/** What measureLayers does, and about how long it takes. */
export function layerJobs(options: LayersOptions): Job[] {
  return jobsOf(options).map(({ what, mode, alone, passes }) => {
    const work = workOf({ graph: alone.graph, batch: options.batch, ...planFields(mode) });
    return { what, ms: runMs(work, passes + 1) };
  });
}

/** Time and bytes of each layer by itself; bytes to and from the client are left out. */
export async function measureLayers(options: LayersOptions): Promise<LayerRow[]> {
  const { name, batch, onProgress = () => {} } = options;
  const rows: LayerRow[] = [];
  for (const { what, mode, node, alone, passes } of jobsOf(options)) {
    onProgress(what);
    const inputs = uniformReals(batch * sizeOf(alone.graph.nodes[0]!.shape), LIMIT);
    const { ms, bytes, exactInputs } = await runPrivate({ model: alone, mode, inputs, count: batch, batch, passes });
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
      inputs: [{ name: 'input', shape }],
      outputs: [{ name: node.name, shape: node.shape }],
      output: 1,
      outputWidth: graph.ringBits,
      guaranteed: false,
    },
    parameters: new Map(weights ? [[1, weights]] : []),
  };
}
