/** A private prediction on this machine: dealer, two parties and client, each a process of its own. */
import { decode, loadModel, quantize } from 'tacit-mpc';
import { launch } from 'tacit-mpc/launch';

/** A handwritten one, 28 x 28: a bar that leans to the right. Ink is 1, paper 0. */
const image = Float32Array.from({ length: 784 }, (_, i) => {
  const [row, column] = [Math.floor(i / 28), i % 28];
  return row > 4 && row < 23 && Math.abs(column - 16 + row / 7) < 1.5 ? 1 : 0;
});

const graph = await loadModel('models/zoo/minionn-mnist/model.json');
const { model } = await quantize(graph, { inputRange: { low: 0, high: 1 } });
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const plan = { graph: model.graph, batch: 1, trust };

const { outputs, passes } = await launch({ plan, model, inputs: image, count: 1 });

const { ringBits, nodes, output } = model.graph;
const logits = decode(ringBits, nodes[output].fractionBits, outputs);
const { offline, online } = passes[0];
console.log(`It is a ${logits.indexOf(Math.max(...logits))}.`);
console.log(
  `${offline.ms.toFixed(0)} ms ahead of time, ${online.ms.toFixed(0)} ms from pixels to digit, ${online.rounds} rounds.`,
);
