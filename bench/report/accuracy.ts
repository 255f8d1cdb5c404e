/** How accurate each evaluation of a network is, and on how many images it was held against its plain evaluator. @module */
import { countText, percentText } from '../format.js';
import type { AccuracyRow, Results } from '../results.js';
import { escaped, folded, groupedTable, type Section } from './html.js';

/**
 * The accuracies that the page shows at once: of the float network and of each kind of integers in the clear, on the most images.
 * What is private is equal to one of these, integer for integer, or the page says that it is not.
 */
export function clearAccuracies({ accuracy }: Results): AccuracyRow[] {
  const most = new Map<string, AccuracyRow>();
  for (const row of accuracy.filter(({ technique }) => technique === 'plain' || technique === 'fixed')) {
    const key = `${row.network} ${row.name}`;
    if (row.images > (most.get(key)?.images ?? 0)) most.set(key, row);
  }
  return [...most.values()];
}

const HEAD = ['', 'accuracy', 'images', 'agreement'] as const;

export function accuracySection(results: Results): Section | undefined {
  if (results.accuracy.length === 0) return undefined;
  const hidden = results.accuracy.filter(({ technique }) => technique === 'mpc' || technique === 'he');
  const body = `<p>A protocol changes nothing of a result: it gives the integers of its plain evaluator. So an accuracy is that of the network in whole numbers, whichever protocol computes it.</p>
${accuracyTable(clearAccuracies(results), HEAD)}
${folded(`All ${hidden.length} evaluations under MPC and HE, each held against its plain evaluator`, accuracyTable(hidden, [...HEAD, 'equal to the plain evaluator']))}
<p class="meta">The first images of MNIST's test set, in their order. Agreement is with the digits that the float network names. Rows with other numbers of images have other images: compare agreement, not accuracy.</p>`;
  return { id: 'accuracy', title: 'Accuracy', body };
}

/** As many columns as the head names. */
function accuracyTable(rows: readonly AccuracyRow[], head: readonly string[]): string {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return groupedTable(
    head,
    networks.map((network) => ({
      heading: `<b>${escaped(network)}</b>`,
      rows: rows.filter((row) => row.network === network).map((row) => cellsOf(row).slice(0, head.length)),
    })),
  );
}

function cellsOf({ name, images, accuracy, agreement, exactImages, note }: AccuracyRow): string[] {
  return [
    `${escaped(name)}${note === undefined ? '' : ` <small>${escaped(note)}</small>`}`,
    percentText(accuracy),
    countText(images),
    agreement === null ? '' : percentText(agreement),
    exactImages === null ? '' : `${countText(exactImages)} of ${countText(images)}`,
  ];
}
