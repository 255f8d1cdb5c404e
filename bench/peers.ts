/**
 * Other systems and Tacit side by side on one machine, which is not the one that a report runs on: AMD EPYC (Zen 4) with 2 cores,
 * loopback, one worker a party, warm, medians of interleaved runs, set-up apart.
 * @module
 */

export const PEER_MACHINE = 'AMD EPYC (Zen 4), 2 cores, loopback, 2026-11';
/** The commit of Tacit that stood beside them. */
export const PEER_COMMIT = 'ec7f9a6';

/** One task, by another system and by Tacit. */
export interface PeerRow {
  readonly task: string;
  readonly peer: string;
  readonly theirs: string;
  readonly ours: string;
  /** How many times the work of the other Tacit does in its time. */
  readonly ratio: number;
}

export interface PeerGroup {
  readonly key: 'primitives' | 'three' | 'dealer' | 'ot';
  readonly name: string;
  readonly rows: readonly PeerRow[];
}

export const PEERS: readonly PeerGroup[] = [
  {
    key: 'primitives',
    name: 'primitives, a second',
    rows: [
      row('half-gates garbled', 'EMP', '35.2 M AND', '54 M AND', 1.53),
      row('half-gates evaluated', 'EMP', '64 M AND', '71 M AND', 1.11),
      row('garbled, sent, evaluated', 'EMP', '22.6 M AND', '25.2 M AND', 1.1),
      row('correlated OT, k = 2', 'EMP SoftSpoken', '114 M', '34.7 M', 0.3),
      row('correlated OT, k = 4', 'EMP SoftSpoken', '86 M', '30.2 M', 0.35),
      row('correlated OT, k = 8', 'EMP SoftSpoken', '25.8 M', '5.3 M', 0.21),
    ],
  },
  {
    key: 'three',
    name: 'three parties',
    rows: [
      row('100,000 ReLUs', 'MP-SPDZ ring', '108 ms, 94 B', '31 ms, 56 B', 3.5),
      row('secureml', 'MP-SPDZ ring', '3.9 ms, 38 kB', '9.0 ms, 13 kB', 0.43),
      row('secureml, 128 at once', 'MP-SPDZ ring', '94 ms, 4.9 MB', '23 ms, 1.6 MB', 4.1),
      row('minionn-mnist', 'MP-SPDZ ring', '30 ms, 1.5 MB', '25 ms, 0.52 MB', 1.2),
      row('minionn-mnist, 16 at once', 'MP-SPDZ ring', '306 ms, 24.7 MB', '72 ms, 8.3 MB', 4.2),
    ],
  },
  {
    key: 'dealer',
    name: 'two parties and a dealer',
    rows: [
      row('100,000 ReLUs', 'MP-SPDZ dealer-ring', '188 ms, 120 B', '390 ms, 1,668 B', 0.48),
      row('secureml', 'MP-SPDZ dealer-ring', '22 ms, 2.0 MB', '11.6 ms, 0.31 MB', 1.9),
      row('secureml, 16 at once', 'MP-SPDZ dealer-ring', '34.5 ms, 2.9 MB', '26.9 ms, 4.9 MB', 1.3),
      row('secureml, 128 at once', 'MP-SPDZ dealer-ring', '154 ms, 10 MB', '109 ms, 39 MB', 1.4),
      row('minionn-mnist', 'MP-SPDZ dealer-ring', '41.5 ms, 3.4 MB', '50 ms, 15.9 MB', 0.83),
      row('minionn-mnist, 16 at once', 'MP-SPDZ dealer-ring', '447 ms, 40 MB', '540 ms, 254 MB', 0.83),
    ],
  },
  {
    key: 'ot',
    name: 'two parties alone',
    rows: [
      row('100,000 ReLUs', 'MP-SPDZ semi2k', '1,902 ms, 3,625 B', '454 ms, 1,792 B', 4.2),
      row('100,000 ReLUs', 'Cheetah', '172 ms, 25 B', '454 ms, 1,792 B', 0.38),
      row('secureml', 'Cheetah', '23 ms, 1.7 MB', '58 ms, 9.3 MB', 0.4),
      row('minionn-mnist', 'Cheetah', '93 ms, 2.3 MB', '247 ms, 58 MB', 0.38),
      row('minionn-cifar', 'Cheetah', '1.5 s, 25.6 MB', '15.8 s, 4,616 MB', 0.09),
    ],
  },
];

/** What the systems do not have in common. */
export const PEER_NOTE =
  "Bytes of ReLUs are for one. Networks in MP-SPDZ are written with whole-vector comparisons. Truncation is exact in Tacit, probabilistic in MP-SPDZ's three-party ring, approximate in Cheetah; ReLUs of MP-SPDZ and EMP do not truncate, those of Tacit do. Cheetah's server knows the weights.";

/** What others do of a task, in a few words; empty where none was measured. */
export function peersText(key: PeerGroup['key'], task: string): string {
  const { rows } = PEERS.find((group) => group.key === key)!;
  const same = rows.filter((row) => row.task === task);
  return same.map(({ peer, theirs }) => `${peer} ${theirs}`).join('; ');
}

function row(task: string, peer: string, theirs: string, ours: string, ratio: number): PeerRow {
  return { task, peer, theirs, ours, ratio };
}
