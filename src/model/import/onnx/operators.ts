/** The table of operators: what each becomes in the graph, or what it is where all its inputs are constants. @module */
import { isFloat, typeName, type Value } from './constant.js';
import type { NodeContext, OperatorImporter } from './context.js';
import { creationEvaluators, shapeOperators } from './evaluate/creation.js';
import { elementwiseEvaluators } from './evaluate/elementwise.js';
import { quantisedEvaluators } from './evaluate/quantised.js';
import { activationOperators } from './operators/activations.js';
import { choiceOperators } from './operators/choices.js';
import { convolutionOperators } from './operators/convolution.js';
import { einsumOperators } from './operators/einsum.js';
import { elementwiseOperators } from './operators/elementwise.js';
import { identityOperators } from './operators/identity.js';
import { indexingOperators } from './operators/indexing.js';
import { normalisationOperators } from './operators/normalisation.js';
import { poolingOperators } from './operators/pooling.js';
import { productOperators } from './operators/products.js';
import { reductionOperators } from './operators/reductions.js';
import { reshapingOperators } from './operators/reshaping.js';
import { resizingOperators } from './operators/resizing.js';
import { slicingOperators } from './operators/slicing.js';
import { softmaxOperators } from './operators/softmax.js';

/** What only moves tensors or keeps them, so that it is the same for constants, and for integers. */
const MOVEMENTS: ReadonlyMap<string, OperatorImporter> = new Map(
  Object.entries({
    ...shapeOperators,
    ...identityOperators,
    ...reshapingOperators,
    ...slicingOperators,
    ...indexingOperators,
  }),
);

/** Of secret tensors. */
const OPERATORS: ReadonlyMap<string, OperatorImporter> = new Map(
  Object.entries({
    ...elementwiseOperators,
    ...activationOperators,
    ...convolutionOperators,
    ...poolingOperators,
    ...reductionOperators,
    ...productOperators,
    ...einsumOperators,
    ...normalisationOperators,
    ...resizingOperators,
    ...softmaxOperators,
    ...choiceOperators,
  }),
);

/** Of constants alone, where that is another matter. */
const EVALUATORS: ReadonlyMap<string, OperatorImporter> = new Map(
  Object.entries({ ...creationEvaluators, ...elementwiseEvaluators, ...quantisedEvaluators }),
);

/** What a model may have; of them `If` with a known condition, which import.ts chooses by. */
export const SUPPORTED_OPERATORS: readonly string[] = ['If', ...MOVEMENTS.keys(), ...OPERATORS.keys()].sort();

/** What is computed when a model is read, and so takes constants alone. */
export const EVALUATED_OPERATORS: readonly string[] = [...EVALUATORS.keys()]
  .filter((name) => !SUPPORTED_OPERATORS.includes(name))
  .sort();

const CELL = 'a recurrent cell. Replace it by convolutions or attention';
const LOOP = 'a loop. Export the model unrolled';
const BYTES = 'arithmetic on bytes. Export in float, or with QuantizeLinear and DequantizeLinear around weights';
const ACTIVATIONS = 'activations as bytes. Export in float: weights alone may be quantised';
/** Operators that many files have and no protocol computes, and what to do instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['NonMaxSuppression', 'a choice among boxes. Cut the model before it'],
  ...['LSTM', 'GRU', 'RNN'].map((name) => [name, CELL] as const),
  ...['Loop', 'Scan'].map((name) => [name, LOOP] as const),
  ...['QLinearConv', 'QLinearMatMul', 'ConvInteger', 'MatMulInteger'].map((name) => [name, BYTES] as const),
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'].map((name) => [name, ACTIVATIONS] as const),
]);

/** Gives the outputs of a node. @throws UNSUPPORTED_LAYER where no importer takes its operator and inputs */
export function importNode(context: NodeContext): readonly Value[] {
  const { operator, inputs } = context;
  const variables = inputs.filter((value) => value?.kind === 'variable');
  const end = variables.find(({ ending }) => ending !== undefined);
  if (end !== undefined)
    throw context.unsupported(
      'nothing behind the choice of the greatest',
      `${operator}. Cut the model before ${end.ending === 'argMax' ? 'ArgMax' : 'TopK'}`,
    );
  const evaluator = variables.length === 0 ? EVALUATORS.get(operator) : undefined;
  const moved = evaluator ?? MOVEMENTS.get(operator);
  if (moved !== undefined) return moved(context);
  const importer = OPERATORS.get(operator);
  if (importer === undefined) {
    const what = REFUSED.get(operator);
    if (what === undefined && EVALUATORS.has(operator)) {
      throw context.unsupported('constant inputs', 'some that depend on the input');
    }
    throw context.unsupported('a supported operator', what === undefined ? operator : `${operator}, ${what}`);
  }
  if (variables.length === 0) throw context.unsupported('an input that depends on the input', 'constants');
  const integer = variables.find(({ type }) => !isFloat(type));
  if (integer !== undefined) throw context.unsupported('floats', typeName(integer.type));
  return importer(context);
}
