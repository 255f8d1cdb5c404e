/** How ONNX files become graphs. */
const imports = 'test/model/import/onnx/import.test.ts';
const hostile = 'test/model/import/onnx/hostile.test.ts';

export const mutants = [
  {
    id: 'onnx-external-link',
    file: 'src/model/import/files.ts',
    find: 'if (!real.startsWith(inside + sep))',
    replace: 'if (!real.startsWith(sep))',
    tests: [imports],
    why: 'a link beside a model leads to any file of the machine',
  },
  {
    id: 'onnx-external-parent',
    file: 'src/model/import/onnx/external.ts',
    find: "path.split('/').includes('..')",
    replace: 'false',
    tests: [imports],
    why: 'external data are read above the folder of the model',
  },
  {
    id: 'onnx-unread-attributes',
    file: 'src/model/import/onnx/import.ts',
    find: 'context.attributes.finish();',
    replace: '',
    tests: [imports],
    why: 'an attribute that changes the result is left out in silence',
  },
  {
    id: 'onnx-infinite-weights',
    file: 'src/model/import/onnx/tensors.ts',
    find: 'if (!Number.isFinite(value))',
    replace: 'if (Number.isNaN(value))',
    tests: [imports],
    why: 'weights may be infinite',
  },
  {
    id: 'onnx-work-without-end',
    file: 'src/model/import/onnx/operators/reshaping.ts',
    find: 'return context.room(extents);',
    replace: 'return extents;',
    tests: [hostile],
    why: 'a file of a few bytes asks for all memory',
  },
  {
    id: 'onnx-depth-without-end',
    file: 'src/model/import/onnx/decode.ts',
    find: 'const MAX_DEPTH = 40;',
    replace: 'const MAX_DEPTH = 100;',
    tests: [hostile],
    why: 'messages in messages overflow the stack',
  },
  {
    id: 'onnx-affine-channels',
    file: 'src/model/passes/movement.ts',
    find: 'const source = (map?.[i] ?? i) % from;',
    replace: 'const source = i % from;',
    tests: [imports],
    why: 'batch normalisation scales another channel than its own, or is not folded',
  },
  {
    id: 'onnx-softmax-inside',
    file: 'src/model/import/onnx/operators/softmax.ts',
    find: 'transposed(context, x, order)',
    replace: 'x',
    tests: [imports],
    why: 'a softmax is over the axis that the node names',
  },
  {
    id: 'onnx-padding-alone',
    file: 'src/model/import/spatial.ts',
    find: 'return before <= dilation * (window - 1) && (outputsOf',
    replace: 'return (outputsOf',
    tests: ['test/model/import/onnx/numbers.test.ts'],
    why: 'a window before the image has no maximum',
  },
];
