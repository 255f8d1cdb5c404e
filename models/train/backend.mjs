/**
 * tfjs on its WebAssembly backend, completed so that it can train convolutions in Node.
 *
 * The backend ships no Conv2DBackpropFilter kernel, and multiplies transposed matrices with a naive loop. Both are
 * mended here with what it does fast, plain matrix products. For the unpadded convolutions of this project, of any stride:
 *
 *   forward   Y  = im2col(X) W        X [n,h,w,c], W [kh*kw*c, o], Y [n*oh*ow, o]
 *   filter    dW = im2col(X)^T dY
 *   input     dX = col2im(dY W^T)
 *
 * @module
 */

import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const BACKEND = 'wasm';

/** Selects the wasm backend with the kernels that training needs. */
export async function startBackend() {
  setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend(BACKEND);
  await tf.ready();
  const kernels = {
    BatchMatMul: matMulWithoutTransposes(kernel('BatchMatMul')),
    Conv2DBackpropFilter: convFilterGradient,
    Conv2DBackpropInput: convInputGradient,
  };
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, BACKEND)) tf.unregisterKernel(kernelName, BACKEND);
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
}

/** @param {string} name */
function kernel(name) {
  return tf.getKernel(name, BACKEND).kernelFunc;
}

/** Transposes first where the product asks for it, so that the backend's fast path does the product. */
function matMulWithoutTransposes(matMul) {
  return ({ inputs: { a, b }, backend, attrs: { transposeA, transposeB } }) => {
    const left = transposeA ? swapLastTwo(a, backend) : a;
    const right = transposeB ? swapLastTwo(b, backend) : b;
    const attrs = { transposeA: false, transposeB: false };
    const product = matMul({ inputs: { a: left, b: right }, backend, attrs });
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return product;
  };
}

function swapLastTwo(x, backend) {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return kernel('Transpose')({ inputs: { x }, backend, attrs: { perm } });
}

/** dW = im2col(X)^T dY */
function convFilterGradient({ inputs: { x, dy }, backend, attrs }) {
  const { shape, rows, taps } = geometry(x.shape, attrs.filterShape, attrs);
  // The output first: an allocation may move the heap under a view.
  const columns = backend.makeOutput([taps, rows], 'float32');
  im2colTransposed(backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(columns), shape);
  const dW = product(backend, columns, [taps, rows], dy, [rows, shape.o]);
  backend.disposeData(columns.dataId);
  return { ...dW, shape: attrs.filterShape };
}

/** dX = col2im(dY W^T) */
function convInputGradient({ inputs: { dy, filter }, backend, attrs }) {
  const { shape, rows, taps } = geometry(attrs.inputShape, filter.shape, attrs);
  const transposed = swapLastTwo({ ...filter, shape: [taps, shape.o] }, backend);
  const columns = product(backend, dy, [rows, shape.o], transposed, [shape.o, taps]);
  const dX = backend.makeOutput(attrs.inputShape, 'float32');
  col2im(backend.typedArrayFromHeap(columns), backend.typedArrayFromHeap(dX), shape);
  backend.disposeData(transposed.dataId);
  backend.disposeData(columns.dataId);
  return dX;
}

function product(backend, a, aShape, b, bShape) {
  const inputs = { a: { ...a, shape: aShape }, b: { ...b, shape: bShape } };
  return kernel('BatchMatMul')({ inputs, backend, attrs: { transposeA: false, transposeB: false } });
}

function geometry([n, h, w, c], [kh, kw, , o], { strides, pad }) {
  if (pad !== 'valid') throw new RangeError(`conv2d gradient: expected one without padding, got ${pad}`);
  const [sh, sw = sh] = [strides].flat();
  const [oh, ow] = [Math.floor((h - kh) / sh) + 1, Math.floor((w - kw) / sw) + 1];
  const shape = { n, h, w, c, kh, kw, o, oh, ow, sh, sw };
  return { shape, rows: n * shape.oh * shape.ow, taps: kh * kw * c };
}

/** columns[(i,j,ch)][(b,y,x)] = X[b][y*sh+i][x*sw+j][ch] */
function im2colTransposed(x, columns, { n, h, w, c, kh, kw, oh, ow, sh, sw }) {
  const step = sw * c;
  let at = 0;
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      for (let ch = 0; ch < c; ch++) {
        for (let b = 0; b < n; b++) {
          for (let y = 0; y < oh; y++) {
            let from = ((b * h + y * sh + i) * w + j) * c + ch;
            for (let end = at + ow; at < end; from += step) columns[at++] = x[from];
          }
        }
      }
    }
  }
}

/** X[b][y*sh+i][x*sw+j][ch] = sum over (i,j) of columns[(b,y,x)][(i,j,ch)] */
function col2im(columns, x, { n, h, w, c, kh, kw, oh, ow, sh, sw }) {
  x.fill(0);
  const run = kw * c;
  let at = 0;
  for (let b = 0; b < n; b++) {
    for (let y = 0; y < oh; y++) {
      for (let left = 0; left < ow; left++) {
        for (let i = 0; i < kh; i++) {
          let to = ((b * h + y * sh + i) * w + left * sw) * c;
          for (let end = at + run; at < end; ) x[to++] += columns[at++];
        }
      }
    }
  }
}
