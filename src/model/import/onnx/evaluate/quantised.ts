/** Weights that a file holds as integers with a scale. https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html @module */
import { broadcastShape, expand, reshape } from '../../../../core/nd.js';
import { type Constant, constantOf, DataType, generate, integerRange, typeName } from '../constant.js';
import { axisOf, constantInput, type NodeContext, type OperatorImporter, optionalConstant } from '../context.js';
import { checked, halfToEven } from './elementwise.js';

export const quantisedEvaluators: Readonly<Record<string, OperatorImporter>> = {
  // (x - zero) * scale
  DequantizeLinear: (context) => {
    const { x, scale, zero } = operands(context);
    return [
      checked(
        context,
        generate(DataType.FLOAT, x.shape, (i) => (x.data[i]! - zero(i)) * scale(i)),
      ),
    ];
  },
  // round(x / scale) + zero, within the type of zero
  QuantizeLinear: (context) => {
    const { x, scale, zero, zeroType } = operands(context);
    const type = zeroType ?? DataType.UINT8;
    const range = integerRange(type);
    if (range === undefined) throw context.unsupported('a zero point of integers', typeName(type));
    const rounded = (i: number): number => halfToEven(x.data[i]! / scale(i)) + zero(i);
    return [generate(type, x.shape, (i) => Math.min(range[1], Math.max(range[0], rounded(i))))];
  },
};

interface Operands {
  readonly x: Constant;
  readonly scale: (index: number) => number;
  readonly zero: (index: number) => number;
  readonly zeroType: DataType | undefined;
}

/** One scale and zero point for all, or one for each index along an axis. */
function operands(context: NodeContext): Operands {
  const x = constantInput(context, 0, 'inputs');
  const scale = constantInput(context, 1, 'scales');
  const zero = optionalConstant(context, 2, 'zero points');
  if (context.attributes.int('block_size', 0) !== 0) throw context.unsupported('scales along one axis', 'blocks');
  const given = context.attributes.int('axis', 1);
  const axis = scale.data.length === 1 ? 0 : axisOf(context, given, x.shape.length);
  context.room(x.shape);
  const along = (factors: Constant): Constant['data'] => {
    const shape = x.shape.map((_, i) => (i === axis ? factors.data.length : 1));
    const fits = broadcastShape(shape, x.shape)?.join(',') === x.shape.join(',');
    if (!fits) throw context.bad(`1 or ${x.shape[axis] ?? 1} scales and zero points`, String(factors.data.length));
    return expand(reshape(factors, x.shape.length === 0 ? [] : shape), x.shape).data;
  };
  const [scales, zeros] = [along(scale), along(zero ?? constantOf(DataType.UINT8, [1], new Float64Array(1)))];
  return { x, scale: (i) => scales[i]!, zero: (i) => zeros[i]!, zeroType: zero?.type };
}
