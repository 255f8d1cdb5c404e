/** The WASM module: ring, label and bit-sliced Boolean arithmetic. Memory is the host's (kernels/memory.ts); nothing here allocates. */
export * from './ring';
export * from './labels';
export * from './ot';
export * from './silent';
export * from './boolean';
export * from './gather';
export * from './residues';
export { nttTable, nttForward, nttInverse, nttAccumulate, nttProduct } from './ntt';
