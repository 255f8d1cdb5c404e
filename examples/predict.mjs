/** A private prediction on this machine: dealer, two parties and client, each a process of its own. */
import { loadModel, quantize } from 'tacit-mpc';
import { predict } from 'tacit-mpc/launch';

/** A handwritten one, 28 x 28: a bar that leans to the right. Ink is 1, paper 0. */
const image = Float32Array.from({ length: 784 }, (_, i) => {
  const [row, column] = [Math.floor(i / 28), i % 28];
  return row > 4 && row < 23 && Math.abs(column - 16 + row / 7) < 1.5 ? 1 : 0;
});

const graph = await loadModel('models/zoo/minionn-mnist/model.json');
const { model } = await quantize(graph, { inputRange: { low: 0, high: 1 } });

const { values, passes } = await predict(model, image);

const { offline, online } = passes[0];
console.log(`It is a ${values.indexOf(Math.max(...values))}.`);
console.log(
  `${offline.ms.toFixed(0)} ms ahead of time, ${online.ms.toFixed(0)} ms from pixels to digit, ${online.rounds} rounds.`,
);
