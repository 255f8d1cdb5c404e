/** As secrecy.test.ts, over 10^5 coefficients. */
import { describe } from 'vitest';
import { tellNothing } from './view.js';

describe('an answer', () => tellNothing(25));
