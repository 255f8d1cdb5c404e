/** The result of micro as JSON for tools and as tables for a person, the peers' published rates beside ours. @module */
import { short, tableText } from './format.js';
import type { Micro, ProbeName } from './micro.js';
import { RATIO_RULES } from './ratios.js';
import type { ReluFigures } from './relus.js';

/** Other systems on a machine of this kind (2 cores, loopback), and what Tacit is to reach. */
interface Peers {
  readonly unit: string;
  readonly peers?: string;
}

const ROWS: Readonly<Record<ProbeName, Peers>> = {
  aesBlocks: { unit: 'block' },
  aesBlocksWarm: { unit: 'block' },
  garbleAnds: { unit: 'AND', peers: 'EMP 23.9 M; to reach 30 M' },
  evaluateAnds: { unit: 'AND', peers: 'EMP 36.3 M; to reach 50 M' },
  streamedAnds: { unit: 'AND', peers: 'EMP 15.1 M, MP-SPDZ yao 20.5 M; to reach 20 M' },
  linkBytes: { unit: 'B' },
  tcpBytes: { unit: 'B' },
  ring32Macs: { unit: 'MAC' },
  tfjsFloatMacs: { unit: 'MAC' },
  ring64Macs: { unit: 'MAC' },
  conv32Macs: { unit: 'MAC' },
  prgBytes: { unit: 'B' },
  cots: { unit: 'COT', peers: 'EMP SoftSpoken k=4 48 M; to reach 25 M' },
  binaryAnds: { unit: 'AND' },
  andXorBits: { unit: 'bit' },
  sklanskySums: { unit: 'sum' },
  koggeStoneSums: { unit: 'sum' },
};

const RELU_PEERS: Readonly<Record<string, string>> = {
  dealer: 'MP-SPDZ dealer-ring 546 k (119 B); to reach 400 k',
  ot: 'EMP 94 k (3,490 B), CrypTFlow2 123 k, Cheetah 144 k; to reach 200 k',
  three: 'MP-SPDZ replicated-ring 1,050 k (92 B); to reach 2,000 k',
};

/** The object that `micro --json` prints: rates by name, medians. */
export function jsonOf(micro: Micro): Record<string, unknown> {
  const { samples, cots, relus, ratios, machine, parameters } = micro;
  const rates: Record<string, unknown> = {};
  const details: Record<string, unknown> = {};
  for (const [name, { median, best, windows }] of samples) {
    rates[name] = Math.round(median);
    details[name] = { best: Math.round(best), windows: windows.map(Math.round) };
  }
  if (cots.size > 0) {
    const byParameter = [...cots].map(([k, { rate, bits, formulaBits }]) => {
      const rounded = { median: Math.round(rate.median), best: Math.round(rate.best) };
      return [`k${k}`, { ...rounded, bitsPerCot: Number(bits.toFixed(3)), formulaBits }];
    });
    details.cots = { ...(details.cots as object), byParameter: Object.fromEntries(byParameter) };
  }
  if (relus.size > 0) {
    rates.relus = Object.fromEntries([...relus].map(([mode, { both }]) => [mode, Math.round(both.median)]));
    details.relus = Object.fromEntries([...relus].map(([mode, figures]) => [mode, reluDetails(figures)]));
  }
  return { ...rates, ratios, details, machine, parameters };
}

function reluDetails(figures: ReluFigures): Record<string, unknown> {
  return {
    best: Math.round(figures.both.best),
    windows: figures.both.windows.map(Math.round),
    offlinePerSecond: Math.round(figures.offlinePerSecond),
    onlinePerSecond: Math.round(figures.onlinePerSecond),
    offlineBytesPerRelu: Number(figures.offlineBytes.toFixed(1)),
    onlineBytesPerRelu: Number(figures.onlineBytes.toFixed(1)),
  };
}

/** The same for a person. */
export function textOf(micro: Micro): string {
  const { machine, samples, cots, relus, ratios } = micro;
  const rows = [...samples].map(([name, { median, best }]) => {
    const { unit, peers } = ROWS[name];
    return [name, `${short(median)} ${unit}/s`, short(best), peers ?? ''];
  });
  for (const [mode, { both }] of relus) {
    rows.push([`relus by ${mode}`, `${short(both.median)} ReLU/s`, short(both.best), RELU_PEERS[mode] ?? '']);
  }
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, node ${machine.node}, ${machine.platform}; one core for each process`,
    '',
    tableText([['rate', 'median', 'best', 'others on a machine of this kind'], ...rows], [0, 3]),
  ];
  for (const [mode, figures] of relus) {
    lines.push(
      `relus, ${mode}: ${short(figures.offlinePerSecond)} offline and ${short(figures.onlinePerSecond)} online apart; ` +
        `${Math.round(figures.offlineBytes)} B offline and ${Math.round(figures.onlineBytes)} B online a ReLU`,
    );
  }
  for (const [k, { rate, bits, formulaBits }] of cots) {
    lines.push(
      `cots, k = ${k}: ${short(rate.median)} COT/s; ${bits.toFixed(2)} bits a transfer, ${formulaBits} by the formula`,
    );
  }
  const verdicts = Object.entries(ratios).map(([name, { value, least, pass, is }]) => [
    pass ? 'pass' : 'FAIL',
    value.toFixed(2),
    `>= ${least}`,
    RATIO_RULES[name]!.meaning,
    is,
  ]);
  if (verdicts.length > 0) lines.push('', tableText([['', 'ratio', 'least', 'of', ''], ...verdicts], [0, 3, 4]));
  return lines.join('\n');
}
