/** Results for a terminal. @module */
import { bytesText, countText, msText, percentText, rowMsText, tableText } from './format.js';
import type { HeFigures } from './he/measure.js';
import { nameOf } from './he/rows.js';
import { type AccuracyRow, type LayerRow, msAnImage, type Row, type Series, totalBytes } from './results.js';

export function rowsText(rows: readonly Row[]): string {
  const head = [
    'network, technique',
    'link',
    'batch',
    'offline',
    'online',
    'an image',
    'bytes',
    'memory',
    'exact',
    'passes',
  ];
  const table = tableText([
    head,
    ...rows.map((row) => [
      `${row.network}: ${row.name}`,
      row.link,
      countText(row.batch),
      row.ms.offline > 0 ? msText(row.ms.offline) : '',
      rowMsText(row, row.ms.online),
      rowMsText(row, msAnImage(row)),
      totalBytes(row) > 0 ? bytesText(totalBytes(row)) : '',
      bytesText(row.peakMemoryBytes),
      row.exact === null ? '' : row.exact ? 'yes' : 'NO',
      String(row.passes),
    ]),
  ]);
  return rows.some(({ extrapolated }) => extrapolated)
    ? `${table}\n* not measured as a whole: ${[...new Set(rows.flatMap(({ note }) => note ?? []))].join('; ')}`
    : table;
}

export function accuracyText(rows: readonly AccuracyRow[]): string {
  return tableText([
    ['network, evaluation', 'images', 'accuracy', 'agrees with float', 'exact'],
    ...rows.map(({ network, name, images, accuracy, agreement, exactImages, note }) => [
      `${network}: ${name}${note === undefined ? '' : `, ${note}`}`,
      countText(images),
      percentText(accuracy),
      agreement === null ? '' : percentText(agreement),
      exactImages === null ? '' : `${countText(exactImages)} of ${countText(images)}`,
    ]),
  ]);
}

export function layersText(rows: readonly LayerRow[]): string {
  return tableText([
    ['layer', 'mode', 'kind', 'work', 'offline', 'online', 'bytes offline', 'bytes online', 'exact', 'passes'],
    ...rows.map(({ layer, mode, kind, work, ms, bytes, exact, passes }) => [
      layer,
      mode,
      kind,
      countText(work),
      msText(ms.offline),
      msText(ms.online),
      bytesText(bytes.offline),
      bytesText(bytes.online),
      exact ? 'yes' : 'NO',
      String(passes),
    ]),
  ]);
}

/** What was varied, from where to where, and the exponent by which each cost grows with it; of two points how many times more the second is. */
export function scalingText(all: readonly Series[]): string {
  const growth = (
    { points, slopes }: Series,
    of: (costs: NonNullable<Series['slopes']>) => number | undefined,
  ): string => {
    if (slopes !== null) return `x^${of(slopes)?.toFixed(2) ?? '?'}`;
    return `x ${(of(points.at(-1)!)! / of(points[0]!)!).toFixed(2)}`;
  };
  return tableText([
    [
      'work',
      'mode',
      'from',
      'to',
      'time at most',
      'grows as',
      'bytes at most',
      'grow as',
      'memory at most',
      'grows as',
      'exact',
    ],
    ...all.map((series) => {
      const { name, unit, mode, points, exact } = series;
      const last = points.at(-1)!;
      return [
        name,
        mode,
        countText(points[0]!.x),
        `${countText(last.x)} ${unit}`,
        msText(last.ms),
        growth(series, ({ ms }) => ms),
        bytesText(last.bytes),
        growth(series, ({ bytes }) => bytes),
        bytesText(last.memoryBytes ?? 0),
        growth(series, ({ memoryBytes }) => memoryBytes),
        exact ? 'yes' : 'NO',
      ];
    }),
  ]);
}

export function heText(all: readonly HeFigures[]): string {
  const columns = all.map((figures) => {
    const { parameters, ms, bytes, noiseBudgetBits, images, exactImages, accuracy, sample, extrapolated } = figures;
    const { integers, floatAccuracy, passes, warmPasses } = figures;
    return [
      nameOf(figures),
      figures.library,
      `N = ${parameters.degree}, ${parameters.coefficientBits}-bit modulus, ${parameters.securityBits}-bit security`,
      parameters.plainModuli.join(', '),
      msText(ms.keys),
      msText(ms.serverSetup),
      msText(ms.encrypt),
      `${msText(ms.server)}${extrapolated ? ` (extrapolated from ${(100 * sample).toFixed(0)} % of the work)` : ''}, ${figures.threads} thread${figures.threads > 1 ? 's' : ''}`,
      msText(ms.decrypt),
      `${countText(passes)}${warmPasses > 0 ? `, after ${warmPasses} to warm up` : ', no warm-up'}`,
      bytesText(bytes.keys),
      bytesText(bytes.upload),
      bytesText(bytes.download),
      `${noiseBudgetBits} bits`,
      `${countText(exactImages)} of ${countText(images)}`,
      accuracy === null ? '' : percentText(accuracy),
      integers === null ? '' : percentText(integers.accuracy),
      floatAccuracy === null ? '' : percentText(floatAccuracy),
      bytesText(figures.peakMemoryBytes),
    ];
  });
  const titles = [
    'packing',
    'scheme',
    'parameters',
    'plaintext moduli',
    'keys, once',
    'server set-up, once',
    'encrypt',
    'server',
    'decrypt',
    'evaluations timed',
    'keys sent once',
    'upload',
    'download',
    'noise budget left',
    'equal to the integer evaluator',
    'accuracy',
    'of its integers in the clear',
    'of the float network',
    'peak memory',
  ];
  const width = Math.max(...titles.map((title) => title.length));
  return columns
    .map((column) => column.map((value, i) => `${titles[i]!.padEnd(width)}  ${value}`.trimEnd()).join('\n'))
    .join('\n\n');
}
