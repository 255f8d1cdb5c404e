/** The same input privately, in plain fixed point and in floating point: the first two agree to the bit. */
import {
  decode,
  encode,
  evaluateFloat,
  evaluatePlain,
  loadKernelModule,
  loadModel,
  quantize,
  wasmKernels,
} from 'tacit-mpc';
import { launch } from 'tacit-mpc/launch';

const COUNT = 4;
const graph = await loadModel('models/zoo/secureml/model.json');
const { model } = await quantize(graph, { inputRange: { low: 0, high: 1 } });
const { ringBits, nodes, output } = model.graph;
const inputs = Float32Array.from({ length: COUNT * 784 }, (_, i) => Math.abs(Math.sin(i * i)));

const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };
const plan = { graph: model.graph, batch: COUNT, trust };
const secret = await launch({ plan, model, inputs, count: COUNT });

const encoded = encode(ringBits, nodes[0].fractionBits, inputs, { low: 0, high: 1 });
const plain = evaluatePlain(model, wasmKernels(loadKernelModule()), COUNT, encoded);
const float = await evaluateFloat(graph, COUNT, inputs);

const same = secret.outputs.every((word, i) => word === plain.output[i]);
const reals = decode(ringBits, nodes[output].fractionBits, secret.outputs);
const error = Math.max(...reals.map((value, i) => Math.abs(value - float.logits[i])));
console.log(`private and plain fixed point: ${same ? 'the same integers' : 'different integers'}`);
console.log(`private and ${float.backend}: at most ${error.toFixed(4)} apart`);
