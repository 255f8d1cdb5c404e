/** What the figures say, in sentences that are computed from them. @module */
import { bytesText, countText, msText } from '../format.js';
import { type Results, type Row, totalBytes, totalMs } from '../results.js';

/** The two cryptonets networks differ in their activation alone: one family. */
export function familyOf(network: string): string {
  return network.replace(/-relu$/, '');
}

/** Ratio as "12 times" with two digits. */
function times(ratio: number): string {
  return `${countText(Number(ratio.toPrecision(2)))} times`;
}

/** Two or three sentences; fewer where a technique was not measured. */
export function findingsOf(results: Results): string[] {
  return [singleImage(results), inBulk(results), exactness(results)].filter((sentence) => sentence !== undefined);
}

function measured(results: Results, technique: Row['technique'], single: boolean): Row[] {
  return results.rows.filter(
    (row) =>
      row.technique === technique &&
      row.link === 'none' &&
      familyOf(row.network) === 'cryptonets' &&
      (row.batch === 1) === single,
  );
}

function fastest(rows: readonly Row[]): Row | undefined {
  const perImage = (row: Row): number => totalMs(row) / row.batch;
  return [...rows].sort((a, b) => perImage(a) - perImage(b))[0];
}

function singleImage(results: Results): string | undefined {
  const he = fastest(measured(results, 'he', true));
  const plain = fastest(measured(results, 'plain', true));
  const private_ = measured(results, 'mpc', true);
  if (he === undefined || plain === undefined || private_.length === 0) return undefined;
  const clauses = private_.map(
    (row) =>
      `${row.name} takes ${msText(totalMs(row))} (${msText(row.ms.online)} of it after the input is there) and ${bytesText(totalBytes(row))}`,
  );
  const best = fastest(private_)!;
  return (
    `One image through the cryptonets network without a network delay: ${clauses.join('; ')}; ` +
    `homomorphic encryption takes ${msText(totalMs(he))} and ${bytesText(totalBytes(he))}, ${times(totalMs(he) / totalMs(best))} as long as the ` +
    `fastest of them; plaintext takes ${msText(totalMs(plain))} (${plain.name}).`
  );
}

function inBulk(results: Results): string | undefined {
  const [he, mpc, plain] = (['he', 'mpc', 'plain'] as const).map((technique) =>
    fastest(measured(results, technique, false)),
  );
  if (he === undefined || mpc === undefined || plain === undefined) return undefined;
  const each = (row: Row): string =>
    `${msText(totalMs(row) / row.batch)} and ${bytesText(totalBytes(row) / row.batch)}`;
  return (
    `In bulk an image costs ${each(he)} by homomorphic encryption (${countText(he.batch)} images at once${he.extrapolated ? ', extrapolated' : ''}, ` +
    `which all wait ${msText(totalMs(he))}), ${each(mpc)} by ${mpc.name} (${mpc.batch} at once) and ${msText(totalMs(plain) / plain.batch)} in plaintext (${plain.name}).`
  );
}

function exactness({ accuracy, rows }: Results): string {
  const checked = accuracy.filter(({ exactImages }) => exactImages !== null);
  const images = checked.reduce((sum, row) => sum + row.images, 0);
  const exact = checked.reduce((sum, row) => sum + row.exactImages!, 0);
  const others = rows.filter((row) => row.exact === false).length;
  const agreeing = Math.min(...accuracy.flatMap(({ agreement }) => (agreement === null ? [] : [agreement])));
  return (
    `${countText(exact)} of ${countText(images)} private and homomorphic results checked for accuracy are integer for integer those of the plain evaluator` +
    `${others === 0 ? ', and so are all that were timed' : `; ${others} timed configurations gave others`}; ` +
    `the best label is the float network's for at least ${(100 * agreeing).toFixed(1)} % of the images.`
  );
}
