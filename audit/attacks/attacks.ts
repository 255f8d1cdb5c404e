/** The table of attacks: to add one, its file and its line here. @module */
import type { Attack } from '../attack.js';
import { boundary } from './boundary.js';
import { cryptanalysis } from './cryptanalysis.js';
import { active, copying } from './extraction.js';
import { fgsm, pgd, pgdL2 } from './gradient.js';
import { classes, decoding } from './inversion.js';
import { lira, loss, moved } from './membership.js';
import { backdoor, flips } from './poisoning.js';
import { scan } from './scan.js';
import { square } from './square.js';

export const ATTACKS: readonly Attack[] = [
  fgsm,
  pgd,
  pgdL2,
  square,
  boundary,
  flips,
  backdoor,
  scan,
  copying,
  active,
  cryptanalysis,
  loss,
  moved,
  lira,
  classes,
  decoding,
];
