/** The ring arithmetic of the WASM module (assembly/ring.ts): what it exports, and the exports of each ring under one name. @module */
import type { RingBits } from '../core/ring.js';

/** A byte offset in kernel memory. */
export type Pointer = number;

type Elementwise = (a: Pointer, b: Pointer, out: Pointer, count: number) => void;
type Rowwise = (
  rows: number,
  columns: number,
  a: Pointer,
  aStride: number,
  b: Pointer,
  bStride: number,
  out: Pointer,
  outStride: number,
) => void;
type Scale = (a: Pointer, factors: Pointer, period: number, inner: number, out: Pointer, count: number) => void;
type PackedSize = (inner: number, columns: number) => number;
type Pack = (right: Pointer, stride: number, inner: number, columns: number, packed: Pointer) => void;
type Repeat = (x: Pointer, count: number, times: number, out: Pointer) => void;

type Multiply = (
  rows: number,
  inner: number,
  columns: number,
  left: Pointer,
  leftStride: number,
  packed: Pointer,
  out: Pointer,
  outStride: number,
  scratch: Pointer,
) => void;

type Stream = (
  rows: number,
  inner: number,
  columns: number,
  left: Pointer,
  leftStride: number,
  right: Pointer,
  rightStride: number,
  out: Pointer,
  outStride: number,
) => void;

type SumWindows = (
  x: Pointer,
  height: number,
  width: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideHeight: number,
  strideWidth: number,
  padTop: number,
  padLeft: number,
  outHeight: number,
  outWidth: number,
  out: Pointer,
) => void;

type Depthwise = (
  x: Pointer,
  height: number,
  width: number,
  channels: number,
  w: Pointer,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  padTop: number,
  padLeft: number,
  outHeight: number,
  outWidth: number,
  out: Pointer,
) => void;

/** What assembly/ring.ts exports; pointers are byte offsets in kernel memory, strides count elements. */
export interface RingExports {
  readonly add32: Elementwise;
  readonly add64: Elementwise;
  readonly sub32: Elementwise;
  readonly sub64: Elementwise;
  readonly addConstant32: (a: Pointer, value: number, out: Pointer, count: number) => void;
  readonly addConstant64: (a: Pointer, value: bigint, out: Pointer, count: number) => void;
  readonly mask32: (a: Pointer, bits: number, out: Pointer, count: number) => void;
  readonly mask64: (a: Pointer, bits: bigint, out: Pointer, count: number) => void;
  readonly addRows32: Rowwise;
  readonly addRows64: Rowwise;
  readonly subRows32: Rowwise;
  readonly subRows64: Rowwise;
  readonly scale32: Scale;
  readonly scale64: Scale;
  readonly packedSize32: PackedSize;
  readonly packedSize64: PackedSize;
  readonly pack32: Pack;
  readonly pack64: Pack;
  readonly multiply32: Multiply;
  readonly multiply64: Multiply;
  readonly stream32: Stream;
  readonly stream64: Stream;
  readonly repeat32: Repeat;
  readonly repeat64: Repeat;
  readonly depthwise32: Depthwise;
  readonly depthwise64: Depthwise;
  readonly im2col: (
    x: Pointer,
    height: number,
    width: number,
    pixelWords: number,
    runWords: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    dilationHeight: number,
    dilationWidth: number,
    padTop: number,
    padLeft: number,
    outWidth: number,
    first: number,
    count: number,
    out: Pointer,
  ) => void;
  readonly sumWindows32: SumWindows;
  readonly sumWindows64: SumWindows;
}

/** The exports of one ring under one name. */
export interface RingOperations {
  readonly add: Elementwise;
  readonly sub: Elementwise;
  readonly addConstant: (a: Pointer, value: bigint, out: Pointer, count: number) => void;
  readonly addRows: Rowwise;
  readonly subRows: Rowwise;
  readonly scale: Scale;
  readonly packedSize: PackedSize;
  readonly pack: Pack;
  readonly multiply: Multiply;
  readonly stream: Stream;
  readonly repeat: Repeat;
  readonly depthwise: Depthwise;
  readonly sumWindows: SumWindows;
}

export function operationsOf(exports: RingExports): Record<RingBits, RingOperations> {
  return {
    32: {
      add: exports.add32,
      sub: exports.sub32,
      addConstant: (a, value, out, count) => exports.addConstant32(a, Number(BigInt.asIntN(32, value)), out, count),
      addRows: exports.addRows32,
      subRows: exports.subRows32,
      scale: exports.scale32,
      packedSize: exports.packedSize32,
      pack: exports.pack32,
      multiply: exports.multiply32,
      stream: exports.stream32,
      repeat: exports.repeat32,
      depthwise: exports.depthwise32,
      sumWindows: exports.sumWindows32,
    },
    64: {
      add: exports.add64,
      sub: exports.sub64,
      addConstant: (a, value, out, count) => exports.addConstant64(a, BigInt.asIntN(64, value), out, count),
      addRows: exports.addRows64,
      subRows: exports.subRows64,
      scale: exports.scale64,
      packedSize: exports.packedSize64,
      pack: exports.pack64,
      multiply: exports.multiply64,
      stream: exports.stream64,
      repeat: exports.repeat64,
      depthwise: exports.depthwise64,
      sumWindows: exports.sumWindows64,
    },
  };
}
