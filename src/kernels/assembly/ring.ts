/** Ring arithmetic over Z_2^32 and Z_2^64 on byte offsets into the host's memory; lengths and strides count ring elements. */
export * from './elementwise';
export * from './spatial';
export * from './ring32';
export * from './ring64';
