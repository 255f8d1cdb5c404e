/** The deep networks of saturation.test.ts in the other ranges, and with the other activations. */
import { RANGES } from './deep.js';
import { BOTH_SIGNS, describeBothSigns, describeResnets } from './saturation-cases.js';

describeResnets(RANGES.slice(1));
describeBothSigns(BOTH_SIGNS.slice(1));
