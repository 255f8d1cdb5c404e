/** The table of an audit in the terminal. @module */

import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatReal,
  line,
  table,
} from '../../parties/cli/format.js';
import { describeTrust } from '../../src/core/trust.js';
import type { AuditReport, Row } from '../run.js';

export function renderAudit(report: AuditReport): string {
  const { query, model, rows, skipped } = report;
  const head = ['attack', 'policy', 'setting', 'budget', 'defence', 'metric', 'value', 'queries', 'time', 'bytes'];
  return [
    line(
      'model',
      `${model.name}: ${formatCount(model.parameters)} parameters; ${formatPercent(report.accuracy)} right`,
    ),
    line('trust', describeTrust(report.trust)),
    line(
      'a query',
      `${formatMs(1000 * query.seconds)} and ${formatBytes(query.bytes)} at the parties; ${query.sample} went through them, with the same bits as here`,
    ),
    '',
    ...table([head, ...rows.map(cells)], [0, 1, 2, 4, 5]),
    ...(skipped.length === 0
      ? []
      : ['', ...skipped.map(({ attack, reason }) => line('left out', `${attack}: ${reason}`))]),
  ].join('\n');
}

export function cells(row: Row): string[] {
  const spent = row.queries === 0 ? ['', ''] : [formatMs(1000 * row.seconds), formatBytes(row.bytes)];
  return [
    row.attack,
    row.policy,
    row.setting,
    row.budget === 0 ? '' : formatCount(row.budget),
    row.defence,
    row.metric,
    formatReal(row.value),
    row.queries === 0 ? '' : formatCount(row.queries),
    ...spent,
  ];
}
