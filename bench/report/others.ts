/** Other systems: measured beside Tacit on another machine, and as they published. Neither is mixed with the figures of a report. @module */
import { PEER_COMMIT, PEER_MACHINE, PEER_NOTE, PEERS } from '../peers.js';
import { escaped, folded, groupedTable, type Section, table } from './html.js';
import { PUBLISHED } from './published.js';

export function othersSection(): Section {
  const groups = PEERS.map(({ name, rows }) => ({
    heading: `<b>${escaped(name)}</b>`,
    rows: rows.map(({ task, peer, theirs, ours, ratio }) => [task, ratio.toFixed(2), peer, theirs, ours].map(escaped)),
  }));
  const peers = groupedTable(['', 'Tacit is × as fast', 'other system', 'its figures', "Tacit's"], groups);
  const published = table(
    ['', 'network', 'seconds', 'MB', 'technique', 'source'],
    PUBLISHED.map(({ system, network, technique, seconds, megabytes, source }) => [
      escaped(system),
      escaped(network),
      escaped(seconds),
      escaped(megabytes),
      escaped(technique),
      escaped(source.replace(/^https:\/\//, '')),
    ]),
  );
  const body = `<p>Not measured here. Side by side on one other machine (${escaped(PEER_MACHINE)}; Tacit at ${PEER_COMMIT}):</p>
${folded('Tacit beside MP-SPDZ, EMP and Cheetah', `${peers}\n<p class="meta">${escaped(PEER_NOTE)}</p>`)}
${folded('As they published: other machines, other years', `<p class="meta">Networks of the same shape with other weights. Total / online seconds.</p>\n${published}`)}`;
  return { id: 'others', title: 'Other systems', body };
}
