/** The result of micro as JSON for tools and as tables for a person, others' beside ours. @module */

import { DEFAULT_SOFTSPOKEN_K } from '../src/ot/sizes.js';
import { short, tableText } from './format.js';
import type { Samples } from './measure.js';
import type { Micro, ProbeName } from './micro.js';
import { PEER_MACHINE, peersText } from './peers.js';
import { RATIO_RULES } from './ratios.js';
import { type ReluFigures, rowsOfRelu } from './relus.js';

const UNITS: Readonly<Record<ProbeName, string>> = {
  aesBlocks: 'block',
  aesBlocksWarm: 'block',
  ntt: 'transform',
  heMacs: 'MAC',
  garbleAnds: 'AND',
  evaluateAnds: 'AND',
  streamedAnds: 'AND',
  linkBytes: 'B',
  tcpBytes: 'B',
  rounds: 'message',
  tcpRounds: 'message',
  ring32Macs: 'MAC',
  tfjsFloatMacs: 'MAC',
  ring64Macs: 'MAC',
  conv32Macs: 'MAC',
  prgBytes: 'B',
  cots: 'COT',
  silentCots: 'COT',
  binaryAnds: 'AND',
  andXorBits: 'bit',
  sklanskySums: 'sum',
  koggeStoneSums: 'sum',
};

/** Tasks of other systems. */
const TASKS: Partial<Record<ProbeName, string>> = {
  garbleAnds: 'half-gates garbled',
  evaluateAnds: 'half-gates evaluated',
  streamedAnds: 'garbled, sent, evaluated',
  cots: `correlated OT, k = ${DEFAULT_SOFTSPOKEN_K}`,
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
  const round = samples.get('rounds');
  if (round) rates.roundMs = Number(roundMs(round).toFixed(4));
  if (cots.size > 0) {
    const byParameter = [...cots].map(([k, { rate, bits, formulaBits }]) => {
      const rounded = { median: Math.round(rate.median), best: Math.round(rate.best) };
      return [`k${k}`, { ...rounded, bitsPerCot: Number(bits.toFixed(3)), formulaBits }];
    });
    details.cots = { ...(details.cots as object), byParameter: Object.fromEntries(byParameter) };
  }
  if (relus.size > 0) {
    rates.relus = Object.fromEntries([...relus].map(([mode, { both }]) => [mode, Math.round(both.median)]));
    const dealt = relus.get('bits');
    // shares of products of masks, one for each row of ANDs, made and stored
    if (dealt) rates.bitTriples = { dealer: Math.round(dealt.offlinePerSecond * rowsOfRelu()) };
    details.relus = Object.fromEntries([...relus].map(([mode, figures]) => [mode, reluDetails(figures)]));
  }
  return { ...rates, ratios, details, machine, parameters };
}

/** A small message, when the one before has come. */
function roundMs({ median }: Samples): number {
  return 1000 / median;
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
    const task = TASKS[name];
    const others = task === undefined ? '' : peersText('primitives', task);
    return [name, `${short(median)} ${UNITS[name]}/s`, short(best), others];
  });
  for (const [mode, { both }] of relus) {
    // on masked bits the same parties take part as by garbled circuits
    const peers = peersText(mode === 'bits' ? 'dealer' : mode, '100,000 ReLUs');
    rows.push([`relus by ${mode}`, `${short(both.median)} ReLU/s`, short(both.best), peers]);
  }
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, node ${machine.node}, ${machine.platform}; one core for each process`,
    '',
    tableText([['rate', 'median', 'best', `others (${PEER_MACHINE})`], ...rows], [0, 3]),
  ];
  for (const [mode, figures] of relus) {
    lines.push(
      `relus, ${mode}: ${short(figures.offlinePerSecond)} offline and ${short(figures.onlinePerSecond)} online apart; ` +
        `${Math.round(figures.offlineBytes)} B offline and ${Math.round(figures.onlineBytes)} B online a ReLU`,
    );
  }
  const round = samples.get('rounds');
  if (round) lines.push(`round: ${roundMs(round).toFixed(3)} ms for a small message to the other process`);
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
