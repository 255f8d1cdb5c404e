/** What the figures say, in sentences that are computed from them. @module */
import { SQUARE_NETWORK } from '../../models/zoo.js';
import { bytesText, countText, msText } from '../format.js';
import { inexactOf, msAnImage, type Results, type Row, totalBytes, totalMs } from '../results.js';

/** The two cryptonets networks differ in their activation alone: one family. */
export function familyOf(network: string): string {
  return network.replace(/-relu$/, '');
}

/** A few sentences; fewer where a technique was not measured. */
export function findingsOf(results: Results): string[] {
  return [singleImage(results), inBulk(results), exactness(results)].filter((sentence) => sentence !== undefined);
}

/** What is held against what: the same images without a network delay, each mode of MPC by its cheapest row. */
interface Contest {
  readonly modes: readonly Row[];
  readonly he: Row | undefined;
  /** Of the network that MPC ran. */
  readonly plain: Row | undefined;
}

function contestOf({ rows }: Results, single: boolean): Contest {
  const local = rows.filter(
    ({ link, batch, network }) =>
      link === 'none' && (batch === 1) === single && familyOf(network) === familyOf(SQUARE_NETWORK),
  );
  const mpc = local.filter(({ technique }) => technique === 'mpc');
  const squares = mpc.filter(({ network }) => network === SQUARE_NETWORK);
  const compared = squares.length > 0 ? squares : mpc;
  const network = compared[0]?.network;
  const names = [...new Set(compared.map(({ name }) => name))];
  return {
    modes: names.map((name) => cheapest(compared.filter((row) => row.name === name))!),
    he: cheapest(local.filter(({ technique }) => technique === 'he')),
    plain: cheapest(local.filter((row) => row.technique === 'plain' && row.network === network)),
  };
}

function cheapest(rows: readonly Row[]): Row | undefined {
  return [...rows].sort((a, b) => msAnImage(a) - msAnImage(b))[0];
}

function bytesAnImage(row: Row): number {
  return totalBytes(row) / row.batch;
}

function singleImage(results: Results): string | undefined {
  const contest = contestOf(results, true);
  const { he, plain } = contest;
  const others = [
    ...(he ? [`${costs(he)} under homomorphic encryption (HE)`] : []),
    ...(plain ? [`${msText(msAnImage(plain))} in plaintext (${plain.name})`] : []),
  ];
  if (contest.modes.length === 0 || others.length === 0) return undefined;
  const modes = contest.modes.map(
    (row) => `${row.name}: ${costs(row)} (${msText(row.ms.online)} after the input is there), ${verdict(row, contest)}`,
  );
  return `One image without a network delay takes ${others.join(' and ')}. ${modes.join('. ')}. ${networksOf(contest)}`;
}

function inBulk(results: Results): string | undefined {
  const contest = contestOf(results, false);
  const { he, plain } = contest;
  const others = [
    ...(he ? [`${costs(he)} under HE (${countText(he.batch)} at once, which all wait ${msText(totalMs(he))})`] : []),
    ...(plain ? [`${msText(msAnImage(plain))} in plaintext (${plain.name}, ${plain.batch} at once)`] : []),
  ];
  if (contest.modes.length === 0 || others.length === 0) return undefined;
  const modes = contest.modes.map(
    (row) => `${row.name}, ${row.batch} at once: ${costs(row)}, ${verdict(row, contest)}`,
  );
  return `In bulk an image takes ${others.join(' and ')}. ${modes.join('. ')}. ${networksOf(contest)}`;
}

/** Of one image; says so where some of it was not measured. */
function costs(row: Row): string {
  const extrapolated = row.extrapolated ? ' (extrapolated)' : '';
  return `${msText(msAnImage(row))}${extrapolated} and ${bytesText(bytesAnImage(row))}`;
}

function verdict(row: Row, { he, plain }: Contest): string {
  const clauses = he
    ? [
        `${held(msAnImage(row), msAnImage(he))} than HE in time and ${held(bytesAnImage(row), bytesAnImage(he))} in bytes`,
      ]
    : [];
  if (plain) clauses.push(`${held(msAnImage(row), msAnImage(plain))} than plaintext`);
  return clauses.join(', ');
}

/** "12 times cheaper" or "1.5 times dearer", two digits. */
function held(ours: number, theirs: number): string {
  const ratio = Math.max(ours, theirs) / Math.min(ours, theirs);
  return `${countText(Number(ratio.toPrecision(2)))} times ${ours < theirs ? 'cheaper' : 'dearer'}`;
}

/** Who ran which network. */
function networksOf({ modes, he, plain }: Contest): string {
  const ours = modes[0]!.network;
  const same = he === undefined || he.network === ours;
  if (same) return `All ran ${ours}.`;
  return `MPC${plain ? ' and plaintext' : ''} ran ${ours}, HE ${he.network}: the same layers with squares for ReLUs.`;
}

function exactness(results: Results): string | undefined {
  const { accuracy } = results;
  const checked = accuracy.filter(({ exactImages }) => exactImages !== null);
  if (checked.length === 0) return undefined;
  const images = checked.reduce((sum, row) => sum + row.images, 0);
  const exact = checked.reduce((sum, row) => sum + row.exactImages!, 0);
  const others = inexactOf({ ...results, accuracy: [] }).length;
  const agreements = accuracy.flatMap(({ agreement }) => (agreement === null ? [] : [agreement]));
  return (
    `${countText(exact)} of ${countText(images)} private and homomorphic results checked for accuracy are integer for integer those of the plain evaluator` +
    `${others === 0 ? ', and so are all that were timed' : `; ${others} timed configurations gave others`}` +
    `${agreements.length === 0 ? '' : `; the best label is the float network's for at least ${(100 * Math.min(...agreements)).toFixed(1)} % of the images`}.`
  );
}
