/** Models before a session: load one, fix its point, evaluate it in the clear, compile its plan. @module */

export * from './common.js';
export type { Kernels } from './kernels/kernels.js';
export { type KernelModule, loadKernelModule, provideKernelCode } from './kernels/module.js';
export { wasmKernels } from './kernels/wasm.js';
export type { Interval } from './model/bounds.js';
export type { Layout, ModelCard } from './model/card.js';
export { evaluateFloat, type FloatOptions, type FloatResult } from './model/float.js';
export type { Graph } from './model/graph.js';
export type { ImportOptions, InputShape } from './model/import/importer.js';
export { loadModel } from './model/load.js';
export type { GraphOp } from './model/ops/operators.js';
export { type Counted, evaluatePlain, type PlainOptions, type PlainResult } from './model/plain.js';
export type { Quantized } from './model/quantize/outcome.js';
export { type QuantizeOptions, quantize } from './model/quantize/quantize.js';
export type { RangeReport, RangeStep } from './model/quantize/range.js';
export { roundOutputs } from './model/quantize/round-outputs.js';
export type { KernelKind } from './platform/platform.js';
