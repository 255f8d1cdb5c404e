/** The result of an inference for a person. @module */
import { describeTrust } from '../../src/core/trust.js';
import { type AnyTraffic, bytesIn } from '../../src/plan/plan.js';
import { allowedError, bestOf, type Check } from './check.js';
import { sumOf } from './cost.js';
import {
  formatBytes,
  formatCount,
  formatError,
  formatLarge,
  formatMs,
  formatPercent,
  formatReal,
  line,
  table,
} from './format.js';
import { describeNote, type Note } from './notes.js';
import type { FixedPointFields, InferReport, PhaseFields } from './report.js';
import { describeScaling } from './scaling.js';
import type { ModelFacts } from './subject.js';

/** Predictions shown before the rest is left to --json and --output. */
const MAX_ROWS = 20;
/** Inputs whose best classes are shown. */
const MAX_LABELLED = 4;

export function modelLine(model: ModelFacts): string {
  const { name, parameters, relus, linearMacs } = model;
  return line(
    'model',
    `${name}: ${formatCount(parameters)} parameters, ${formatCount(relus)} ReLUs, ${formatLarge(linearMacs)} multiply-adds`,
  );
}

export function fixedPointLine(fixedPoint: FixedPointFields): string {
  const { ringBits, activationFractionBits, weightFractionBits, guaranteed, headroomBits, saturated } = fixedPoint;
  const cut =
    saturated === 0
      ? ''
      : `, as ${saturated} ${saturated === 1 ? 'step saturates' : 'steps saturate'} above what calibration inputs reach`;
  const why = guaranteed
    ? `no input in the range can overflow${cut}`
    : 'widths that calibration inputs need: others may wrap';
  const room = `${headroomBits} ${headroomBits === 1 ? 'bit' : 'bits'} of headroom`;
  return line(
    'fixed point',
    `${ringBits}-bit ring, ${activationFractionBits} activation and up to ${weightFractionBits} weight fraction bits; ${why}, ${room}`,
  );
}

/** What the outputs are off by, and how that is known. */
export function errorLine({ predictedError, observedError, worstError, tolerance, sample }: FixedPointFields): string {
  const { source, count, agreement } = sample;
  const inputs = count === 1 ? 'input' : 'inputs';
  const where =
    source === 'calibration'
      ? `calibration ${inputs}`
      : `${inputs} drawn from the range (--calibrate FILE has better ones)`;
  const one = count === 1 ? '' : ` and up to ${formatError(worstError)} of one's`;
  return line(
    'error',
    `${formatError(observedError)} of the outputs' RMS on ${count} ${where}${one}, ${formatError(predictedError)} predicted, ` +
      `${formatError(tolerance)} allowed; the same greatest output for ${formatPercent(agreement)}`,
  );
}

/** What became of pixels, where some were read, and what else was done to inputs. */
function inputLines({ pixels, inputRange, notes }: InferReport): string[] {
  const { low, high } = inputRange;
  const range = `inputs from ${formatReal(low)} to ${formatReal(high)}`;
  return [...(pixels === null ? [] : [line('pixels', `${describeScaling(pixels)}; ${range}`)]), ...noteLines(notes)];
}

export function noteLines(notes: readonly Note[]): string[] {
  return notes.map((note) => line(note.kind === 'hint' ? 'hint' : 'inputs', describeNote(note)));
}

/** Everything about a run but the predictions themselves. */
export function summaryLines(report: InferReport): string[] {
  const { network, client, peakMemoryBytes, timing } = report;
  return [
    ...costLines(report),
    '',
    line('client', `sends ${formatBytes(client.uploadBytes)}, receives ${formatBytes(client.downloadBytes)}`),
    ...(network
      ? [line('network', `${network.name}: ${network.roundTripMs} ms round trip, ${network.megabits} Mbit/s`)]
      : []),
    line(
      'memory',
      Object.entries(peakMemoryBytes)
        .map(([role, bytes]) => `${role} ${formatBytes(bytes)}`)
        .join(', '),
    ),
    line('time', `parties ready after ${formatMs(timing.setupMs)}, all done after ${formatMs(timing.totalMs)}`),
    ...checkLines(report),
  ];
}

function checkLines(report: InferReport): string[] {
  const { check, accuracy } = report;
  const lines: string[] = [];
  if (accuracy !== null)
    lines.push(line('accuracy', `${formatPercent(accuracy)} of the private predictions match the label`));
  if (check === null) return lines;
  const bits = check.bitIdentical ? 'bit-identical to' : 'NOT bit-identical to';
  const error = check.maxAbsErrorVsFloat === null ? '' : `, logits within ${formatReal(check.maxAbsErrorVsFloat)}`;
  lines.push(
    line('check', `${bits} the plain fixed-point evaluator`),
    line('', `${formatPercent(check.agreement)} agreement with the float network (${check.floatBackend})${error}`),
    ...(check.withinTolerance === false ? [line('tolerance', aboveTolerance(report, check))] : []),
    ...check.saturated.map(({ name, count }) =>
      line(
        'saturated',
        `layer ${name}: ${formatCount(count)} values met its maximum. Calibrate on more inputs if they are many`,
      ),
    ),
  );
  return lines;
}

/** Of inputs that are less exact than the sample was. */
function aboveTolerance({ outputs, fixedPoint }: InferReport, { outputErrors }: Check): string {
  const count = outputs[0]!.shape[0]!;
  const error = Math.max(...outputErrors!.map((output) => output.error));
  const allowed = formatError(allowedError(fixedPoint.tolerance, count));
  const here = count === 1 ? 'this input' : 'these inputs';
  return `off by ${formatError(error)} of the outputs' RMS on ${here}, more than ${allowed}. Calibrate on inputs like that, or give a smaller --tolerance`;
}

/** What each phase cost, by direction. */
function costLines(report: InferReport): string[] {
  const { setup, offline, online, batch, passes, bundles, background } = report;
  const count = report.outputs[0]!.shape[0]!;
  const phases: readonly [string, PhaseFields][] = [
    ['setup', setup],
    ['offline', offline],
    ['online', online],
  ];
  const rows = phases.map(([name, { ms, rounds, bytes }]) => [
    name,
    formatMs(ms),
    String(rounds),
    ...Object.values(bytes).map((value) => formatBytes(value)),
    formatBytes(sumOf(bytes)),
  ]);
  const same = phases.every(([, { bytes, predictedBytes }]) => sameTraffic(bytes, predictedBytes));
  const medians = passes > 1 ? `; medians of ${passes} passes` : '';
  const beside = background ? '; each bundle made while the one before was spent' : '';
  const { stored, made } = bundles.total;
  const over = passes > 1 ? `, in all ${passes} passes` : '';
  const spent = stored > 0 ? [line('bundles', `${stored} from the store, ${made} made for this run${over}`)] : [];
  return [
    ...table([['cost', 'time', 'rounds', ...Object.keys(setup.bytes), 'total'], ...rows]),
    '',
    line('inputs', `${count}, ${batch} a bundle; online ${formatMs(online.msPerInput)} an input${medians}${beside}`),
    ...spent,
    line('predicted', same ? 'every byte as the plan predicted' : 'NOT the bytes that the plan predicted, see --json'),
  ];
}

function sameTraffic(a: AnyTraffic, b: AnyTraffic): boolean {
  return Object.entries(a).every(([direction, bytes]) => bytes === bytesIn(b, direction));
}

/** The whole human output of `tacit infer`. */
export function renderInfer(report: InferReport, labels?: readonly number[]): string {
  return [
    modelLine(report.model),
    line('trust', describeTrust(report.trust)),
    fixedPointLine(report.fixedPoint),
    errorLine(report.fixedPoint),
    ...inputLines(report),
    '',
    ...(report.labels === null ? predictionLines(report, labels) : labelLines(report.labels)),
    '',
    ...summaryLines(report),
  ].join('\n');
}

function predictionLines({ outputs, trust }: InferReport, labels: readonly number[] | undefined): string[] {
  const { kind, shape, data } = outputs[0]!;
  const count = shape[0]!;
  const columns = data.length / count;
  const logits = trust.reveal === 'logits';
  const best = logits ? bestOf(data, columns) : [];
  const rows = Array.from({ length: Math.min(count, MAX_ROWS) }, (_, n) => {
    const row = data.slice(n * columns, (n + 1) * columns);
    const value = formatReal(row[best[n] ?? 0]!);
    const cells = logits ? (columns === 1 ? [value] : [String(best[n]), value]) : [row.join(' ')];
    return [String(n), ...cells, ...(labels ? [String(labels[n])] : [])];
  });
  // of a single number there is none that is greatest
  const single = logits && columns === 1;
  const number = kind === 'logits' ? 'logit' : 'output';
  const header = [
    'input',
    ...(single ? [number] : logits ? ['predicted', number] : ['predicted']),
    ...(labels ? ['label'] : []),
  ];
  const more = count > MAX_ROWS ? [`... and ${count - MAX_ROWS} more (--output FILE or --json has all)`] : [];
  return [...table([header, ...rows], []), ...more];
}

/** A row for each of the best classes of each input. */
function labelLines(labels: NonNullable<InferReport['labels']>): string[] {
  const rows = labels
    .slice(0, MAX_LABELLED)
    .flatMap((best, n) =>
      best.map(({ index, name, probability }, rank) => [
        rank === 0 ? String(n) : '',
        String(index),
        name,
        probability === null ? '' : formatPercent(probability),
      ]),
    );
  const isKnown = labels[0]!.some(({ probability }) => probability !== null);
  const more = labels.length > MAX_LABELLED ? [`... and ${labels.length - MAX_LABELLED} more (--json has all)`] : [];
  return [...table([['input', 'class', 'name', isKnown ? 'probability' : ''], ...rows], [2]), ...more];
}
