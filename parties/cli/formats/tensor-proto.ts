/** ONNX tensors (.pb), as the test data of models are: input_0.pb. https://onnx.ai/onnx/repo-docs/IR.html @module */
import { TensorProto_DataLocation as Location, TensorProtoSchema } from 'onnx-buf';
import { TacitError } from '../../../src/core/errors.js';
import { decodeMessage } from '../../../src/model/import/onnx/decode.js';
import { constantFrom } from '../../../src/model/import/onnx/tensors.js';
import { checkCount, type NdArray } from './nd-array.js';

/** @throws BAD_INPUT where it is no whole tensor of numbers, or has its data elsewhere */
export function readTensorProto(bytes: Uint8Array, name: string): NdArray {
  try {
    const tensor = decodeMessage(TensorProtoSchema, bytes, `an ONNX tensor in ${name}`);
    if (tensor.dataLocation === Location.EXTERNAL) throw new RangeError('data in another file');
    checkCount(tensor.dims.map(Number), name);
    const { shape, data } = constantFrom(tensor, name);
    return { shape, values: data };
  } catch (cause) {
    if (cause instanceof TacitError && cause.code === 'BAD_SHAPE') throw cause;
    throw new TacitError(
      'BAD_INPUT',
      `expected a whole ONNX tensor of finite numbers in ${name}, got another. Save the tensor again, its data within`,
      { cause },
    );
  }
}
