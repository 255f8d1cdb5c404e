/** TensorFlow.js with gradients: its WASM backend, or the plain one where that does not start. @module */
import { once } from '../src/core/once.js';
import type { Tf } from '../src/model/ops/tensorflow.js';

export const loadTensorflow: () => Promise<Tf> = once(async () => {
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  await Promise.all([
    // registers the gradients of all operations
    import('@tensorflow/tfjs-layers'),
    import('@tensorflow/tfjs-backend-cpu'),
    import('@tensorflow/tfjs-backend-wasm'),
  ]);
  if (!(await tf.setBackend('wasm').catch(() => false))) await tf.setBackend('cpu');
  return tf;
});
