/** What came of each network, as a table of Markdown. */
import { cpus, totalmem } from 'node:os';

const COLUMNS = [
  'network',
  'images',
  'private = plain',
  'bytes as planned',
  'error',
  'on calibration images (of the worst)',
  'ring',
  'steps that saturate (values met)',
  'online',
  'rounds',
  'bytes of all parties',
  'peak memory of a party',
  'whole command',
];

export function heading(settings) {
  const date = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${date}, ${cpus().length} cores (${cpus()[0].model}), ${memory} GiB, node ${process.version}; ${settings}.`,
    '',
    rowOf(COLUMNS),
    rowOf(COLUMNS.map(() => '---')),
  ].join('\n');
}

/** @param report what `tacit infer --json` printed */
export function row({ name, images }, report, seconds) {
  if (report.check === undefined) return rowOf([name, images.text, `refused: ${report.error.message}`]);
  const { check, fixedPoint, online, peakMemoryBytes } = report;
  const met = check.saturated.reduce((sum, { count }) => sum + count, 0);
  return rowOf([
    name,
    images.text,
    check.bitIdentical ? 'yes' : 'NO',
    asPlanned(report) ? 'yes' : 'NO',
    check.outputErrors.map(({ error }) => percent(error)).join(', '),
    `${percent(fixedPoint.observedError)} (${percent(fixedPoint.worstError)})`,
    `${fixedPoint.ringBits}`,
    `${fixedPoint.saturated} (${met})`,
    `${(online.ms / 1000).toFixed(1)} s`,
    `${online.rounds}`,
    `${mebibytes(sum(online.bytes))} MiB`,
    `${mebibytes(Math.max(...Object.values(peakMemoryBytes)))} MiB`,
    `${seconds.toFixed(0)} s`,
  ]);
}

/** Whether a network ran as it has to: the bits of the plain evaluator, every byte foretold, each output within what the tolerance allows one image. */
export function holds(report) {
  if (report.check === undefined) return false;
  const { check } = report;
  return check.bitIdentical && check.withinTolerance && asPlanned(report);
}

function asPlanned({ setup, offline, online }) {
  return [setup, offline, online].every(({ bytes, predictedBytes }) =>
    Object.entries(bytes).every(([direction, count]) => count === predictedBytes[direction]),
  );
}

function sum(bytes) {
  return Object.values(bytes).reduce((total, count) => total + count, 0);
}

function percent(part) {
  return `${Number((100 * part).toPrecision(2))} %`;
}

function mebibytes(bytes) {
  return Math.round(bytes / 2 ** 20);
}

function rowOf(cells) {
  return `| ${cells.join(' | ')} |`;
}
