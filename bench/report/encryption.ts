/** What the homomorphic rows consist of: parameters, client and server apart. @module */
import { bytesText, countText, msText } from '../format.js';
import type { HeFigures } from '../he/measure.js';
import { nameOf } from '../he/rows.js';
import type { Results } from '../results.js';
import { escaped, type Section, table } from './html.js';

export function encryptionSection({ he }: Results): Section | undefined {
  if (he.length === 0) return undefined;
  const lines: [string, (figures: HeFigures) => string][] = [
    ['encrypt', ({ ms }) => msText(ms.encrypt)],
    ['server', serverText],
    ['decrypt', ({ ms }) => msText(ms.decrypt)],
    ['upload', ({ bytes }) => bytesText(bytes.upload)],
    ['download', ({ bytes }) => bytesText(bytes.download)],
    ['keys, made once', ({ ms }) => msText(ms.keys)],
    ['keys, sent once', ({ bytes }) => bytesText(bytes.keys)],
    ['server set-up, once', ({ ms }) => msText(ms.serverSetup)],
    ['noise budget left', ({ noiseBudgetBits }) => `${noiseBudgetBits} bits`],
    ['ring degree', ({ parameters }) => countText(parameters.degree)],
    ['coefficient modulus', ({ parameters }) => `${parameters.coefficientBits} bits`],
    ['plaintext moduli', ({ parameters }) => parameters.plainModuli.join(' · ')],
    ['security', ({ parameters }) => `${parameters.securityBits} bits`],
    ['library', ({ library }) => library],
  ];
  const cells = lines.map(([name, text]) => [name, ...he.map((figures) => escaped(text(figures)))]);
  const body = `${table(['', ...he.map((figures) => escaped(nameOf(figures)))], cells)}
<p class="meta">Pixels are 3-bit greys, weights 4 and 5 bits; the product of the plaintext moduli holds the largest logit that any image can give. Figures on a link add one upload and one download at its nominal rate.</p>`;
  return { id: 'he', title: 'HE in parts', body };
}

function serverText({ ms, extrapolated, threads }: HeFigures): string {
  return `${msText(ms.server)}${extrapolated ? '*' : ''}${threads > 1 ? ` (${threads} threads)` : ''}`;
}
