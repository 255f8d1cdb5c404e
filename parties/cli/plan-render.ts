/** A plan for a person: a table of at most 100 columns for ordinary networks. @module */
import { describeTrust, hasDealer } from '../../src/core/trust.js';
import { BUNDLE_MEMORY } from '../../src/correlations/spool.js';
import { KERNEL_BYTES } from '../../src/kernels/module.js';
import type { Need, Worker } from '../../src/plan/needs.js';
import { ROLE_NAMES } from '../../src/session/session.js';
import { sumOf } from './cost.js';
import {
  COLUMNS,
  formatBytes,
  formatCount,
  formatError,
  formatLarge,
  formatMs,
  formatReal,
  line,
  shorten,
  table,
} from './format.js';
import type { Range } from './options.js';
import type { ExtensionFields, PlanReport, PlanStepFields } from './plan-report.js';
import { errorLine, fixedPointLine, modelLine, noteLines } from './render.js';
import { describeScaling } from './scaling.js';

const NAME_COLUMNS = 16;

export function renderPlan(report: PlanReport): string {
  const { batch, trust, inputRange, totals, kernelMemory, predictedMs, assumed } = report;
  const observed = report.steps.some((step) => step.observed !== null);
  const rows = [
    [
      'step',
      'kind',
      'shape',
      'scale',
      'bound',
      ...(observed ? ['seen'] : []),
      'width',
      'room',
      'adds',
      'error',
      'offline',
      'online',
      'rounds',
    ],
    ...report.steps.map((step) => cellsOf(step, observed)),
  ];
  const wide = table(rows, [0, 1, 2]);
  const steps = wide.every((text) => text.length <= COLUMNS) ? wide : table(rows, [0, 1, 2], 1);
  const { lan, wan } = assumed.networks;
  const inputs = batch === 1 ? '1 input' : `${batch} inputs`;
  return [
    modelLine(report.model),
    line('trust', describeTrust(trust)),
    fixedPointLine(report.fixedPoint),
    errorLine(report.fixedPoint),
    line('inputs', `from ${formatReal(inputRange.low)} to ${formatReal(inputRange.high)}, ${inputs} a bundle`),
    ...imageLines(report),
    '',
    ...steps,
    '',
    ...transferLines(report),
    ...nonlinearLines(report),
    ...table([
      ['total', ...Object.keys(totals.setup), 'bytes', 'rounds', 'lan', 'wan'],
      totalRow('setup', totals.setup, totals.rounds.setup, '', ''),
      totalRow(
        'offline',
        totals.offline,
        totals.rounds.offline,
        formatMs(predictedMs.lan.offline),
        formatMs(predictedMs.wan.offline),
      ),
      totalRow(
        'online',
        totals.online,
        totals.rounds.online,
        formatMs(predictedMs.lan.online),
        formatMs(predictedMs.wan.online),
      ),
    ]),
    '',
    ...needLines(report),
    line(
      'kernels',
      `a party needs at most ${formatBytes(kernelMemory.bytes)} of the ${formatBytes(KERNEL_BYTES)} of kernel memory, most of it at ${kernelMemory.step}`,
    ),
    line(
      'columns',
      'scale: fraction bits; bound: greatest magnitude that an input in the range can cause (of a nonlinear step: what enters it); ' +
        `${observed ? 'seen: greatest magnitude on the calibration inputs; ' : ''}width: bits of the value; room: bits to spare; ` +
        "adds: what rounding here makes of the outputs' error; error: RMS of the error of the values",
    ),
    line(
      'times',
      'bytes / rate + rounds x half a round trip + work, offline the slower of bytes and work; assumed are ' +
        `lan ${lan.roundTripMs} ms and ${lan.megabits} Mbit/s, wan ${wan.roundTripMs} ms and ${wan.megabits} Mbit/s, ` +
        `${formatLarge(assumed.aesBlocksPerSecond)} AES blocks, ${formatLarge(assumed.macsPerSecond)} multiply-adds and, ` +
        `by oblivious transfer, ${formatLarge(assumed.productBitsPerSecond)} bits of multiply-adds, ` +
        `by ring LWE, ${formatLarge(assumed.heCoefficientsPerSecond)} coefficients a second`,
    ),
  ].join('\n');
}

/** What images have to be, and what was done to those of the calibration. */
function imageLines({ pixels, layout, blueFirst, notes }: PlanReport): string[] {
  const order = layout === 'nchw' ? 'channels first' : 'channels last';
  const images =
    pixels === null ? [] : [line('images', `${describeScaling(pixels)}; ${order}${blueFirst ? ', blue first' : ''}`)];
  return [...(layout === null ? [] : images), ...noteLines(notes)];
}

/** Memory and disk of each participant. */
function needLines({ needs }: PlanReport): string[] {
  const of = (bytes: (need: Need) => number): string =>
    Object.entries(needs)
      .flatMap(([role, need]) => (bytes(need) === 0 ? [] : `${ROLE_NAMES[role as Worker]} ${formatBytes(bytes(need))}`))
      .join(', ');
  const waiting = of(({ bundleBytes }) => bundleBytes);
  const place = `above ${formatBytes(BUNDLE_MEMORY)}, and in stores, on disk`;
  return [
    line('memory', `of the process at most: ${of(({ memoryBytes }) => memoryBytes)}`),
    ...(waiting === '' ? [] : [line('bundles', `until they are spent ${waiting}; ${place}`)]),
  ];
}

/** Without a dealer: how the products of each step are made, by oblivious transfer or by ring LWE, and what that costs. */
function transferLines({ steps, trust, extension }: PlanReport): string[] {
  if (trust.parties === 3 || hasDealer(trust)) return [];
  const chosen = steps.filter((step) => step.chooser !== null);
  const encrypted = steps.filter((step) => step.polynomials !== null);
  return [
    ...tableOf(
      ['by transfer', 'chooser', 'transfers', 'a direction'],
      chosen.map(({ name, chooser, transfers, offlineBytes }) => [
        shorten(name, NAME_COLUMNS),
        chooser!,
        formatCount(transfers!),
        formatBytes(offlineBytes / 2),
      ]),
      [0, 1],
    ),
    ...tableOf(
      ['by ring LWE', 'degree', 'modulus', 'ciphertexts', 'answers', 'weights', 'products', 'a direction'],
      encrypted.map(({ name, polynomials, offlineBytes }) => {
        const { degree, modulusBits, ciphertexts, answers, weights, products } = polynomials!;
        const counts = [ciphertexts, answers, weights, products].map(formatCount);
        return [
          shorten(name, NAME_COLUMNS),
          String(degree),
          `${modulusBits} bits`,
          ...counts,
          formatBytes(offlineBytes / 2),
        ];
      }),
      [0],
    ),
    ...(encrypted.length === 0 ? [] : [line('ring LWE', RING_LWE)]),
    ...(extension ? [line('extension', extensionText(extension))] : []),
    line(
      'transfers',
      'the operand of a linear step with fewer elements chooses, m bits an element, m the width at which the result is consumed; ' +
        'a direction takes multiply-adds x m (m + 1) / 2 bits, planes of bits in whole bytes, and what the extension takes a transfer',
    ),
    '',
  ];
}

function extensionText({ softSpokenK, silent }: ExtensionFields): string {
  const soft = `SoftSpokenOT, k = ${softSpokenK}: 128 / k bits a transfer`;
  if (!silent) return soft;
  const directions = silent.flatMap((fields, party) => {
    if (!fields) return [];
    const { secret, leaves, iterations, trees } = fields;
    return [
      `party ${party} sends ${formatCount(iterations)} x ${formatCount(trees)} trees of ${formatCount(leaves)} (LPN in dimension ${formatCount(secret)})`,
    ];
  });
  return `silent: ${directions.join(', ')}; a bit a transfer whose choice is given, none where it is random; the first ones by ${soft}`;
}

const RING_LWE =
  'ciphertexts and answers: what each party sends; weights: polynomials of its share, transformed; where ring LWE sends less than transfers ' +
  'do, a linear step goes by it';

/** A table and an empty line, where there are rows. */
function tableOf(head: readonly string[], rows: readonly string[][], left: readonly number[]): string[] {
  return rows.length === 0 ? [] : [...table([[...head], ...rows], left), ''];
}

/** Where the way of each non-linear step was chosen: what, and why. */
function nonlinearLines({ steps }: PlanReport): string[] {
  const rows = steps.flatMap(({ name, nonlinear }) => {
    if (!nonlinear?.predicted) return [];
    const { gc, bits } = nonlinear.predicted;
    return [[shorten(name, NAME_COLUMNS), nonlinear.by, formatMs(gc), formatMs(bits)]];
  });
  if (rows.length === 0) return [];
  return [
    ...table([['non-linear step', 'by', 'gc would take', 'bits'], ...rows], [0, 1]),
    '',
    line('choice', 'bytes of both phases / rate + half a round trip a message + work, as times are predicted below'),
    '',
  ];
}

function totalRow(
  name: string,
  bytes: PlanReport['totals']['setup'],
  rounds: number,
  lan: string,
  wan: string,
): string[] {
  return [name, ...Object.values(bytes).map(formatBytes), formatBytes(sumOf(bytes)), String(rounds), lan, wan];
}

function cellsOf(step: PlanStepFields, observed: boolean): string[] {
  const bytes = (count: number): string => (count === 0 ? '-' : formatBytes(count));
  return [
    shorten(step.name, NAME_COLUMNS),
    step.kind,
    step.outputShape.join('x'),
    String(step.scale),
    magnitude(step.guaranteed),
    ...(observed ? [magnitude(step.observed)] : []),
    String(step.width),
    step.headroomBits === null ? '-' : String(step.headroomBits),
    part(step.predictedError),
    part(step.observedError),
    bytes(step.offlineBytes),
    bytes(step.onlineBytes),
    step.rounds === 0 ? '-' : String(step.rounds),
  ];
}

function part(error: number | null): string {
  return error === null ? '-' : formatError(error);
}

function magnitude(range: Range | null): string {
  return range === null ? '-' : formatReal(Math.max(Math.abs(range.low), Math.abs(range.high)));
}
