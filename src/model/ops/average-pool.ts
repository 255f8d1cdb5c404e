/** The mean over each window: divided by the window's size, or by the number of its elements inside the image. @module */
import type { Pool2d } from '../../core/linear-map.js';
import { poolShape } from './checks.js';
import type { RealNode } from './node.js';
import type { RealOperator } from './operator.js';
import { averageFloat, paddedFloat, unpadded } from './windows.js';

export interface AveragePoolOp extends RealNode {
  readonly op: 'averagePool';
  readonly pool: Pool2d;
  readonly divisor: 'window' | 'inside';
}

export const averagePool: RealOperator<AveragePoolOp> = {
  shape: ({ name, pool }, [x]) => poolShape(name, pool, x!),
  float: (tf, { pool, divisor }, _, [x]) =>
    divisor === 'inside' ? averageFloat(tf, pool, x!) : averageFloat(tf, unpadded(pool), paddedFloat(tf, pool, x!)),
};
