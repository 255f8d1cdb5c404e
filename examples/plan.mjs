/** What a private run of a model file would compute, prove and cost, without running it. */
import { describeTrust, loadModel, plan, planThree, quantize } from 'tacit-mpc';

const path = process.argv[2] ?? 'models/zoo/lenet/model.json';
const graph = await loadModel(path);
const { model, report } = await quantize(graph, { inputRange: { low: 0, high: 1 } });
console.log(
  `${model.graph.name}: ${report.ringBits}-bit ring, ${report.guaranteed ? 'no value can leave its width' : 'widths were observed'}`,
);

const common = { security: 'semi-honest', reveal: 'logits' };
const modes = [
  [plan, { parties: 2, preprocessing: 'dealer', ...common }],
  [plan, { parties: 2, preprocessing: 'ot', ...common }],
  [planThree, { parties: 3, preprocessing: 'none', ...common }],
];
const total = (traffic) => Object.values(traffic).reduce((sum, bytes) => sum + bytes, 0);

for (const [compile, trust] of modes) {
  const compiled = compile({ graph: model.graph, batch: 1, trust });
  const { offline, online, rounds } = compiled.predicted;
  console.log(`\n${describeTrust(trust)}`);
  console.log(`  ${compiled.steps.length} steps, ${rounds.online} rounds`);
  console.log(`  ${total(offline ?? {})} bytes ahead of time, ${total(online)} bytes online`);
}
