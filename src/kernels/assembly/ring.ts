/** Ring arithmetic over Z_2^32 and Z_2^64 on byte offsets into the host's memory; lengths and strides count ring elements. */
export * from './elementwise';
export * from './spatial';
export * from './packed';
export * from './stream32';
export * from './stream64';
