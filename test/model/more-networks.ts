/** Small networks of layers over one and three axes, of joined branches, and of models inside models. @module */
import { sequential, tf } from './support.js';

const L = tf.layers;
const ROW = [12, 3];
const IMAGE = [6, 5, 3];
const VOLUME = [5, 6, 4, 2];

type Symbolic = tf.SymbolicTensor;

/** Two branches of one input, joined. */
function joined(join: (branches: Symbolic[]) => Symbolic, shapes: [number[], number[]] = [[6], [6]]): tf.LayersModel {
  const inputs = tf.input({ shape: [8] });
  const branches = shapes.map((targetShape) => {
    const units = targetShape.reduce((a, b) => a * b);
    return L.reshape({ targetShape }).apply(L.dense({ units }).apply(inputs)) as Symbolic;
  });
  return tf.model({ inputs, outputs: join(branches) });
}

const merge = (layer: tf.layers.Layer) => (branches: Symbolic[]) => layer.apply(branches) as Symbolic;

/** A layer used twice, in a model that is used twice. */
function shared(): tf.LayersModel {
  const inside = tf.input({ shape: [4] });
  const twice = L.dense({ units: 4, name: 'twice' });
  const half = twice.apply(L.activation({ activation: 'relu' }).apply(twice.apply(inside))) as Symbolic;
  const block = tf.model({ inputs: inside, outputs: half, name: 'block' });
  const inputs = tf.input({ shape: [4] });
  const once = block.apply(inputs) as Symbolic;
  const outputs = L.add().apply([once, block.apply(once) as Symbolic]) as Symbolic;
  return tf.model({ inputs, outputs });
}

/** As Teachable Machine exports them: a Sequential of Sequentials, the first with a functional model inside. */
function nested(): tf.LayersModel {
  const inputs = tf.input({ shape: IMAGE });
  const conv = L.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu6' }).apply(inputs) as Symbolic;
  const features = tf.model({ inputs, outputs: L.depthwiseConv2d({ kernelSize: 2 }).apply(conv) as Symbolic });
  const body = sequential(features as tf.layers.Layer, L.globalAveragePooling2d({}));
  const head = sequential(L.dense({ inputShape: [4], units: 6, activation: 'relu' }), L.dense({ units: 3 }));
  return sequential(body as tf.layers.Layer, head as tf.layers.Layer);
}

/** Rows weighed by how much they have in common, as attention does. */
function attention(): tf.LayersModel {
  const inputs = tf.input({ shape: [5, 4] });
  const [query, key, value] = [3, 3, 2].map((units) => L.dense({ units }).apply(inputs) as Symbolic);
  const scores = L.dot({ axes: 2 }).apply([query!, key!]) as Symbolic;
  const weights = L.activation({ activation: 'softmax' }).apply(scores) as Symbolic;
  return tf.model({ inputs, outputs: L.dot({ axes: [2, 1] }).apply([weights, value!]) as Symbolic });
}

export const MORE_NETWORKS: Readonly<Record<string, () => tf.LayersModel>> = {
  'softmax inside': () =>
    sequential(
      L.dense({ inputShape: [6], units: 5, activation: 'softmax' }),
      L.dense({ units: 3, activation: 'relu' }),
    ),
  'softmax of rows, and logarithms of one': () =>
    sequential(
      L.activation({ inputShape: ROW, activation: 'softmax' }),
      L.dense({ units: 4, activation: 'logSoftmax' as 'softmax' }),
      L.conv1d({ filters: 2, kernelSize: 3 }),
    ),
  attention,
  'Conv1D same, strides': () =>
    sequential(L.conv1d({ inputShape: ROW, filters: 4, kernelSize: 5, strides: 2, padding: 'same' })),
  'Conv1D dilated, pools': () =>
    sequential(
      L.conv1d({ inputShape: ROW, filters: 4, kernelSize: 3, dilationRate: 2, activation: 'relu' }),
      L.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
      L.averagePooling1d({ poolSize: 2, strides: 1, padding: 'same' }),
      L.globalAveragePooling1d({}),
    ),
  GlobalMaxPooling1D: () => sequential(L.globalMaxPooling1d({ inputShape: ROW })),
  'Conv3D same, strides': () =>
    sequential(L.conv3d({ inputShape: VOLUME, filters: 3, kernelSize: [3, 2, 3], strides: 2, padding: 'same' })),
  'Conv3D, pools': () =>
    sequential(
      L.conv3d({ inputShape: VOLUME, filters: 3, kernelSize: 2, activation: 'relu' }),
      L.maxPooling3d({ poolSize: 2, strides: 1, padding: 'same' }),
      L.averagePooling3d({ poolSize: [2, 2, 1] }),
    ),
  'Conv2DTranspose valid': () =>
    sequential(L.conv2dTranspose({ inputShape: IMAGE, filters: 2, kernelSize: 3, strides: 2, padding: 'valid' })),
  'Conv2DTranspose same': () =>
    sequential(
      L.conv2dTranspose({ inputShape: IMAGE, filters: 2, kernelSize: [4, 3], strides: [2, 3], padding: 'same' }),
    ),
  'Conv2DTranspose, stride above the window': () =>
    sequential(L.conv2dTranspose({ inputShape: IMAGE, filters: 2, kernelSize: 2, strides: 3, padding: 'valid' })),
  Conv3DTranspose: () =>
    sequential(L.conv3dTranspose({ inputShape: [3, 3, 2, 2], filters: 2, kernelSize: 2, strides: 2, padding: 'same' })),
  'UpSampling2D, Cropping2D': () =>
    sequential(
      L.upSampling2d({ inputShape: IMAGE, size: [2, 3] }),
      L.cropping2D({
        cropping: [
          [1, 2],
          [0, 4],
        ],
      }),
      L.conv2d({ filters: 2, kernelSize: 3 }),
    ),
  'Permute, RepeatVector': () =>
    sequential(
      L.permute({ inputShape: IMAGE, dims: [3, 1, 2] }),
      L.flatten(),
      L.dense({ units: 4 }),
      L.repeatVector({ n: 3 }),
      L.dense({ units: 2 }),
    ),
  'channels first': () =>
    sequential(
      L.zeroPadding2d({ inputShape: [3, 6, 5], padding: [1, 1], dataFormat: 'channelsFirst' }),
      L.upSampling2d({ size: [2, 1], dataFormat: 'channelsFirst' }),
      L.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }),
      L.flatten({ dataFormat: 'channelsFirst' }),
    ),
  LayerNormalization: () =>
    sequential(L.dense({ inputShape: [5, 4], units: 8 }), L.layerNormalization({}), L.dense({ units: 3 })),
  'LayerNormalization of two axes': () =>
    sequential(L.dense({ inputShape: [3, 4], units: 4 }), L.layerNormalization({ axis: [1, 2], epsilon: 0.01 })),
  Rescaling: () =>
    sequential(
      L.rescaling({ inputShape: IMAGE, scale: 1.5, offset: -0.75 }) as tf.layers.Layer,
      L.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }),
    ),
  'TimeDistributed Dense': () =>
    sequential(
      L.timeDistributed({ inputShape: ROW, layer: L.dense({ units: 4, activation: 'relu' }) }),
      L.dense({ units: 2 }),
    ),
  'TimeDistributed Conv2D': () =>
    sequential(
      L.timeDistributed({
        inputShape: [3, ...IMAGE],
        layer: L.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
      }),
    ),
  Average: () => joined(merge(L.average())),
  Maximum: () => joined(merge(L.maximum())),
  Minimum: () => joined(merge(L.minimum())),
  'Multiply by a channel each': () =>
    joined(merge(L.multiply()), [
      [3, 4, 2],
      [1, 1, 2],
    ]),
  'Add of fewer axes': () => joined(merge(L.add()), [[3, 4], [4]]),
  'Concatenate along rows': () =>
    joined(merge(L.concatenate({ axis: 1 })), [
      [2, 3],
      [4, 3],
    ]),
  'Dot of vectors': () => joined(merge(L.dot({ axes: 1 }))),
  'Dot of matrices': () =>
    joined(merge(L.dot({ axes: [2, 1] })), [
      [3, 4],
      [4, 2],
    ]),
  'sigmoid at the end, reshaped': () =>
    sequential(L.dense({ inputShape: [6], units: 6, activation: 'sigmoid' }), L.reshape({ targetShape: [3, 2] })),
  'tanh at the end': () => sequential(L.dense({ inputShape: [6], units: 4 }), L.activation({ activation: 'tanh' })),
  'shared layers in a shared model': shared,
  'models inside models': nested,
};
