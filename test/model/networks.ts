/** One small network for each layer kind and combination that the importer, the folding and the quantiser know. @module */
import { sequential, tf } from './support.js';

const L = tf.layers;
const IMAGE = [9, 8, 3];

/** The kinds that a model may have: each case ends up as a whole network. */
export const NETWORKS: Readonly<Record<string, () => tf.LayersModel>> = {
  'Dense with relu': () =>
    sequential(L.dense({ inputShape: [20], units: 7, activation: 'relu' }), L.dense({ units: 5 })),
  'Dense without bias': () => sequential(L.dense({ inputShape: [20], units: 5, useBias: false })),
  'Dense on images': () => sequential(L.dense({ inputShape: IMAGE, units: 5, activation: 'relu6' }), L.flatten()),
  'Conv2D valid': () => sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3, activation: 'relu' })),
  'Conv2D same': () => sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: [4, 3], padding: 'same' })),
  'Conv2D same, strides': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: [3, 5], strides: [2, 3], padding: 'same' })),
  'Conv2D dilated': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same' })),
  DepthwiseConv2D: () =>
    sequential(L.depthwiseConv2d({ inputShape: IMAGE, kernelSize: 3, padding: 'same', activation: 'relu6' })),
  'DepthwiseConv2D, whose dilation tfjs leaves out': () =>
    sequential(L.depthwiseConv2d({ inputShape: IMAGE, kernelSize: [3, 2], dilationRate: 2, padding: 'same' })),
  'DepthwiseConv2D, multiplier, stride': () =>
    sequential(
      L.depthwiseConv2d({ inputShape: IMAGE, kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' }),
    ),
  SeparableConv2D: () =>
    sequential(
      L.separableConv2d({ inputShape: IMAGE, filters: 5, kernelSize: 3, depthMultiplier: 2, activation: 'relu' }),
    ),
  'MaxPooling2D valid': () => sequential(L.maxPooling2d({ inputShape: IMAGE, poolSize: 3, strides: 2 })),
  'MaxPooling2D same': () =>
    sequential(L.maxPooling2d({ inputShape: IMAGE, poolSize: 3, strides: 2, padding: 'same' })),
  'AveragePooling2D 2x2': () => sequential(L.averagePooling2d({ inputShape: IMAGE, poolSize: 2 })),
  'AveragePooling2D 3x3': () => sequential(L.averagePooling2d({ inputShape: IMAGE, poolSize: 3, strides: 2 })),
  'AveragePooling2D same': () =>
    sequential(L.averagePooling2d({ inputShape: IMAGE, poolSize: 3, strides: 2, padding: 'same' })),
  'AveragePooling2D 3x3 before Dense': () =>
    sequential(L.averagePooling2d({ inputShape: IMAGE, poolSize: 3 }), L.flatten(), L.dense({ units: 5 })),
  GlobalAveragePooling2D: () => sequential(L.globalAveragePooling2d({ inputShape: IMAGE }), L.dense({ units: 4 })),
  'GlobalAveragePooling2D at the end': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }), L.globalAveragePooling2d({})),
  GlobalMaxPooling2D: () => sequential(L.globalMaxPooling2d({ inputShape: IMAGE }), L.dense({ units: 4 })),
  'ReLU with a maximum': () => sequential(L.dense({ inputShape: [20], units: 9 }), L.reLU({ maxValue: 0.5 })),
  LeakyReLU: () =>
    sequential(L.dense({ inputShape: [20], units: 9 }), L.leakyReLU({ alpha: 0.1 }), L.dense({ units: 5 })),
  'LeakyReLU that turns its input around': () =>
    sequential(L.dense({ inputShape: [20], units: 9 }), L.leakyReLU({ alpha: -0.5 }), L.dense({ units: 5 })),
  ThresholdedReLU: () =>
    sequential(L.dense({ inputShape: [20], units: 9 }), L.thresholdedReLU({ theta: 0.4 }), L.dense({ units: 5 })),
  'PReLU of every element': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }), L.prelu(), L.flatten()),
  'PReLU of every channel': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }), L.prelu({ sharedAxes: [1, 2] })),
  'PReLU of every row': () =>
    sequential(L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }), L.prelu({ sharedAxes: [2, 3] })),
  ELU: () => sequential(L.dense({ inputShape: [20], units: 9 }), L.elu(), L.dense({ units: 5 })),
  'sigmoid, tanh and their like': () =>
    sequential(
      L.dense({ inputShape: [20], units: 9, activation: 'sigmoid' }),
      L.dense({ units: 9, activation: 'tanh' }),
      L.dense({ units: 9, activation: 'softsign' }),
      L.dense({ units: 9, activation: 'hardSigmoid' }),
    ),
  'ELU, SELU and their like': () =>
    sequential(
      L.dense({ inputShape: [20], units: 9, activation: 'elu' }),
      L.dense({ units: 9, activation: 'selu' }),
      L.dense({ units: 9, activation: 'softplus' }),
      L.dense({ units: 5 }),
    ),
  'swish, mish and gelu': () =>
    sequential(
      L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3, activation: 'swish' }),
      L.conv2d({ filters: 4, kernelSize: 3, activation: 'mish' }),
      L.flatten(),
      L.dense({ units: 5, activation: 'gelu' }),
    ),
  'max pool, then LeakyReLU': () =>
    sequential(
      L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }),
      L.maxPooling2d({ poolSize: 2 }),
      L.leakyReLU({ alpha: 0.3 }),
    ),
  'Activation layers': () =>
    sequential(
      L.dense({ inputShape: [20], units: 9 }),
      L.activation({ activation: 'relu' }),
      L.dense({ units: 9 }),
      L.activation({ activation: 'relu6' }),
      L.activation({ activation: 'linear' }),
    ),
  'BatchNormalization after Conv2D': () =>
    sequential(
      L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3, useBias: false }),
      L.batchNormalization(),
      L.reLU(),
    ),
  'BatchNormalization without scale and center': () =>
    sequential(L.dense({ inputShape: [20], units: 5 }), L.batchNormalization({ scale: false, center: false })),
  'BatchNormalization before a valid Conv2D': () =>
    sequential(L.batchNormalization({ inputShape: IMAGE }), L.conv2d({ filters: 4, kernelSize: 3 })),
  'BatchNormalization before a padded Conv2D': () =>
    sequential(L.batchNormalization({ inputShape: IMAGE }), L.conv2d({ filters: 4, kernelSize: 3, padding: 'same' })),
  'BatchNormalization before a DepthwiseConv2D': () =>
    sequential(L.batchNormalization({ inputShape: IMAGE }), L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })),
  'BatchNormalization before Flatten and Dense': () =>
    sequential(
      L.maxPooling2d({ inputShape: IMAGE, poolSize: 2 }),
      L.batchNormalization(),
      L.flatten(),
      L.dense({ units: 5 }),
    ),
  'BatchNormalization after ReLU, before ReLU': () =>
    sequential(
      L.dense({ inputShape: [20], units: 6, activation: 'relu' }),
      L.batchNormalization(),
      L.reLU(),
      L.dense({ units: 3 }),
    ),
  Reshape: () =>
    sequential(L.reshape({ inputShape: [24], targetShape: [4, -1, 3] }), L.conv2d({ filters: 2, kernelSize: 2 })),
  ZeroPadding2D: () =>
    sequential(
      L.zeroPadding2d({
        inputShape: IMAGE,
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      L.maxPooling2d({ poolSize: 2 }),
    ),
  'ZeroPadding2D before Conv2D': () =>
    sequential(L.zeroPadding2d({ inputShape: IMAGE, padding: 1 }), L.conv2d({ filters: 2, kernelSize: 3, strides: 2 })),
  'Dropout and noise': () =>
    sequential(
      L.dropout({ inputShape: [20], rate: 0.5 }),
      L.dense({ units: 5 }),
      L.gaussianNoise({ stddev: 1 }),
      L.reLU(),
    ),
  'relu, then max pool': () =>
    sequential(
      L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3, activation: 'relu' }),
      L.maxPooling2d({ poolSize: 2 }),
    ),
  'max pool, then relu6': () =>
    sequential(
      L.conv2d({ inputShape: IMAGE, filters: 4, kernelSize: 3 }),
      L.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      L.activation({ activation: 'relu6' }),
    ),
  'square between layers': squares,
  'product of branches': product,
  'fourth power at the end': fourthPower,
  'residual block': residual,
  'concatenated branches': branches,
};

function multiplied(x: tf.SymbolicTensor, y: tf.SymbolicTensor): tf.SymbolicTensor {
  return L.multiply().apply([x, y]) as tf.SymbolicTensor;
}

function squares(): tf.LayersModel {
  const input = tf.input({ shape: IMAGE });
  const conv = L.conv2d({ filters: 4, kernelSize: 3, strides: 2 }).apply(input) as tf.SymbolicTensor;
  const flat = L.flatten().apply(multiplied(conv, conv));
  const hidden = L.dense({ units: 6 }).apply(flat) as tf.SymbolicTensor;
  const outputs = L.dense({ units: 4 }).apply(multiplied(hidden, hidden)) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs });
}

/** Of a convolution's sums and a ReLU's output, whose scales differ; then of a product and the input. */
function product(): tf.LayersModel {
  const input = tf.input({ shape: IMAGE });
  const same = { filters: 3, kernelSize: 3, padding: 'same' } as const;
  const gate = L.conv2d({ ...same, activation: 'relu' }).apply(input) as tf.SymbolicTensor;
  const value = L.conv2d(same).apply(input) as tf.SymbolicTensor;
  const gated = multiplied(gate, value);
  const flat = L.globalAveragePooling2d({}).apply(multiplied(input, gated));
  return tf.model({ inputs: input, outputs: L.dense({ units: 4 }).apply(flat) as tf.SymbolicTensor });
}

function fourthPower(): tf.LayersModel {
  const input = tf.input({ shape: [20] });
  const sums = L.dense({ units: 5 }).apply(input) as tf.SymbolicTensor;
  const square = multiplied(sums, sums);
  return tf.model({ inputs: input, outputs: multiplied(square, square) });
}

function residual(): tf.LayersModel {
  const input = tf.input({ shape: IMAGE });
  const conv = (x: tf.SymbolicTensor, activation?: 'relu') =>
    L.conv2d({ filters: 3, kernelSize: 3, padding: 'same', ...(activation ? { activation } : {}) }).apply(x);
  const a = conv(input, 'relu') as tf.SymbolicTensor;
  const b = L.batchNormalization().apply(conv(a)) as tf.SymbolicTensor;
  const sum = L.reLU().apply(L.add().apply([b, input])) as tf.SymbolicTensor;
  const flat = L.globalAveragePooling2d({}).apply(sum) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: L.dense({ units: 4 }).apply(flat) as tf.SymbolicTensor });
}

function branches(): tf.LayersModel {
  const input = tf.input({ shape: IMAGE });
  const squeeze = L.conv2d({ filters: 2, kernelSize: 1, activation: 'relu' }).apply(input);
  const one = L.conv2d({ filters: 3, kernelSize: 1, activation: 'relu' }).apply(squeeze) as tf.SymbolicTensor;
  const three = L.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }).apply(squeeze) as tf.SymbolicTensor;
  const joined = L.concatenate().apply([one, three, input]) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: L.reLU().apply(joined) as tf.SymbolicTensor });
}
