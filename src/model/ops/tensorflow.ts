/** TensorFlow.js as an argument: only float.ts loads it. @module */
import type * as Tfjs from '@tensorflow/tfjs-core';

export type Tf = typeof Tfjs;
export type Tensor = Tfjs.Tensor;
export type Image = Tfjs.Tensor4D;
export type Amount = [number, number];
