/** Random graphs against onnxruntime-node, where ONNXRUNTIME names a folder that has it: it is no dependency. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOf } from '../../../../src/core/ring.js';
import { evaluateFloat } from '../../../../src/model/float.js';
import { randomInput } from '../../support.js';
import { randomGraph } from './random-graphs.js';
import { bytesOf, imported } from './support.js';

const FOLDER = process.env.ONNXRUNTIME;
const GRAPHS = Number(process.env.GRAPHS ?? 2000);

interface Runtime {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: object,
    ): Promise<{
      run(
        feeds: Readonly<Record<string, unknown>>,
      ): Promise<Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>>;
      release(): Promise<void>;
    }>;
  };
}

test.skipIf(FOLDER === undefined)(
  'random graphs give what onnxruntime gives',
  async () => {
    const runtime: Runtime = createRequire(join(FOLDER!, 'package.json'))('onnxruntime-node');
    const run = async (bytes: Uint8Array, input: Float32Array, shape: readonly number[]) => {
      const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 });
      try {
        return (await session.run({ x: new runtime.Tensor('float32', input, shape) })).y!;
      } finally {
        await session.release();
      }
    };
    const operators = new Map<string, number>();
    const refused = new Map<string, string>();
    const wrong: string[] = [];
    let compared = 0;
    let strange = 0;
    for (let seed = 1; compared < GRAPHS; seed++) {
      const graph = await randomGraph(seed, (operator, _, error) => refused.set(operator, String(error)));
      const input = randomInput(seed, sizeOf(graph.inputShape), -1, 1);
      let expected: Awaited<ReturnType<typeof run>>;
      try {
        expected = await run(bytesOf(graph.model), input, graph.inputShape);
      } catch (error) {
        // what the runtime refuses and we do not is looked at by hand
        console.info(`seed ${seed} [${graph.operators}]: ${String(error).slice(0, 200)}`);
        if (++strange > GRAPHS / 20) throw error;
        continue;
      }
      const found = await imported(graph.model);
      const { logits } = await evaluateFloat(found, 1, input);
      compared++;
      for (const operator of graph.operators) operators.set(operator, (operators.get(operator) ?? 0) + 1);
      const scale = Math.max(1, ...expected.data.map(Math.abs));
      const worst = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)), 0) / scale;
      const isShape = found.outputs[0]!.shape.join(',') === expected.dims.join(',');
      if (!isShape || !(worst < 1e-4))
        wrong.push(`seed ${seed} [${graph.inputShape}] ${graph.operators}: off by ${worst}`);
    }
    console.info(
      `${compared} graphs, ${wrong.length} wrong; ${[...operators].map((entry) => entry.join(' ')).join(', ')}`,
    );
    console.info([...refused].map((entry) => entry.join(': ')).join('\n'));
    expect(wrong).toEqual([]);
  },
  3_600_000,
);
