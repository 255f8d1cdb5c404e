/** What the figures say, in three sentences that are computed from them. @module */
import { bytesText, countText, msText } from '../format.js';
import { inexactOf, type Results, type Technique, totalMs } from '../results.js';
import { type Cost, type Lead, leadOf, standingsOf } from './lead.js';

/** Latency, throughput, exactness; fewer where something was not measured. */
export function findingsOf(results: Results): string[] {
  const lead = leadOf(results);
  const sentences = [...(lead ? [singleImage(lead), inBulk(lead)] : []), exactness(results)];
  return sentences.filter((sentence) => sentence !== undefined);
}

/** The networks of the lead, where homomorphic encryption ran another. */
export function networksText({ network, heNetwork }: Lead): string {
  if (heNetwork === undefined || heNetwork === network) return network;
  return `${network} (under HE ${heNetwork}: the same layers, squares for ReLUs)`;
}

function singleImage(lead: Lead): string | undefined {
  const costs = costsOf(lead, 'single');
  const { mpc, he } = costs;
  if (mpc.length === 0) return undefined;
  const bytes = [`MPC moves ${range(mpc, sizeOf)} for it`, ...he.map((cost) => `HE ${sizeOf(cost)}`)];
  return `One image of ${networksText(lead)} takes ${timesText(costs, 'homomorphic encryption (HE)')}, without a network delay; ${bytes.join(', ')}.`;
}

function inBulk(lead: Lead): string | undefined {
  const costs = costsOf(lead, 'bulk');
  if (costs.mpc.length === 0) return undefined;
  const wait = costs.he.map(
    ({ row }) => `, where ${countText(row.batch)} images wait ${msText(totalMs(row))} together`,
  );
  return `Of many at once, an image takes ${timesText(costs, 'HE')}${wait.join('')}.`;
}

type Costs = Readonly<Record<Technique, readonly Cost[]>>;

/** In plaintext, under MPC from the quickest mode to the slowest, under homomorphic encryption. */
function timesText({ plain, mpc, he }: Costs, heName: string): string {
  return listed([
    ...plain.map((cost) => `${timeOf(cost)} in plaintext`),
    `${range(mpc, timeOf)} under MPC`,
    ...he.map((cost) => `${timeOf(cost)} under ${heName}`),
  ]);
}

function costsOf(lead: Lead, which: 'single' | 'bulk'): Costs {
  const of = (technique: Technique): Cost[] =>
    standingsOf(lead, technique).flatMap((standing) => standing[which] ?? []);
  return { plain: of('plain'), mpc: of('mpc'), he: of('he') };
}

/** Says so where it was computed from a sample. */
function timeOf({ ms, row }: Cost): string {
  return `${msText(ms)}${row.extrapolated ? ' (extrapolated)' : ''}`;
}

function sizeOf({ bytes }: Cost): string {
  return bytesText(bytes);
}

/** From the least to the most, by time or bytes as `text` tells them. */
function range(costs: readonly Cost[], text: typeof timeOf | typeof sizeOf): string {
  const by = (cost: Cost): number => (text === timeOf ? cost.ms : cost.bytes);
  const sorted = [...costs].sort((a, b) => by(a) - by(b));
  const [least, most] = [text(sorted[0]!), text(sorted.at(-1)!)];
  return least === most ? least : `${least} to ${most}`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function exactness(results: Results): string | undefined {
  const { accuracy } = results;
  const checked = accuracy.filter(({ exactImages }) => exactImages !== null);
  if (checked.length === 0) return undefined;
  const images = checked.reduce((sum, row) => sum + row.images, 0);
  const exact = checked.reduce((sum, row) => sum + row.exactImages!, 0);
  const others = inexactOf({ ...results, accuracy: [] }).length;
  const agreements = accuracy.flatMap(({ agreement }) => (agreement === null ? [] : [agreement]));
  const least = Math.min(...agreements);
  const agreeing = least === 1 ? 'all' : `at least ${(100 * least).toFixed(1)} %`;
  const counted = exact === images ? `All ${countText(images)}` : `${countText(exact)} of ${countText(images)}`;
  return (
    `${counted} private results checked for accuracy are, integer for integer, those of the plain evaluator` +
    `${others === 0 ? ', as are all that were timed' : `; ${others} timed configurations gave others`}` +
    `${agreements.length === 0 ? '' : `; ${agreeing} name the digit that the float network names`}.`
  );
}
