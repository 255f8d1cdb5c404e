/** What `tacit prepare` made and what it cost, as one object and for a person. @module */
import { describeTrust, type TrustModel } from '../../src/core/trust.js';
import { compilePlan } from '../../src/plan/two.js';
import { noTraffic } from '../../src/steps/two.js';
import { diskBytes } from '../../src/store/root.js';
import type { PrepareResult } from '../config.js';
import type { Timing } from '../launch.js';
import { sumOf } from './cost.js';
import { formatBytes, formatCount, formatMs, line } from './format.js';
import type { Note } from './notes.js';
import { modelLine, noteLines } from './render.js';
import { type PhaseFields, phase, setupsOf } from './report.js';
import { factsOf, type ModelFacts, planInputOf, type Subject } from './subject.js';

export interface PrepareReport {
  readonly model: ModelFacts;
  readonly trust: TrustModel;
  /** What was done to the calibration inputs, and hints on what seems odd about them. */
  readonly notes: readonly Note[];
  readonly batch: number;
  readonly store: string;
  readonly bundles: {
    readonly asked: number;
    /** In store before, and made now. */
    readonly had: number;
    readonly made: number;
    readonly ready: number;
  };
  /** Whether the parties held the model since an earlier session. */
  readonly resumed: boolean;
  readonly setup: PhaseFields;
  /** Of one bundle, medians. */
  readonly offline: PhaseFields;
  readonly bundlesPerSecond: number | null;
  /** Of each participant's folder. */
  readonly diskBytes: Readonly<Record<string, number>>;
  readonly peakMemoryBytes: PrepareResult['peakMemoryBytes'];
  readonly timing: { readonly setupMs: number; readonly totalMs: number };
}

export interface PrepareOutcome {
  readonly subject: Subject;
  readonly batch: number;
  readonly store: string;
  readonly count: number;
  readonly result: PrepareResult & Timing;
}

export function prepareReportOf({ subject, batch, store, count, result }: PrepareOutcome): PrepareReport {
  const { predicted } = compilePlan(planInputOf(subject, batch));
  const { had, made, resumed } = result;
  const seconds = made.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  const nothing = { ms: 0, bytes: noTraffic(), rounds: 0 };
  return {
    model: factsOf(subject.model),
    trust: subject.trust,
    notes: subject.calibration?.notes ?? [],
    batch,
    store,
    bundles: { asked: count, had, made: made.length, ready: had + made.length },
    resumed,
    setup: phase([result.setup], predicted.setup, setupsOf(resumed, subject.trust, made.length)),
    offline: phase(made.length > 0 ? made : [nothing], predicted.offline, made.length > 0 ? 1 : 0),
    bundlesPerSecond: made.length > 0 ? made.length / seconds : null,
    diskBytes: diskBytes(store),
    peakMemoryBytes: result.peakMemoryBytes,
    timing: { setupMs: result.startMs, totalMs: result.totalMs },
  };
}

export function renderPrepare(report: PrepareReport): string {
  const { model, trust, bundles, offline, store, bundlesPerSecond, timing } = report;
  const rate =
    bundlesPerSecond === null
      ? []
      : [
          line(
            'cost',
            `${formatMs(offline.ms)} and ${formatBytes(sumOf(offline.bytes))} a bundle; ${bundlesPerSecond.toFixed(1)} bundles a second`,
          ),
        ];
  const folders = Object.entries(report.diskBytes).map(([owner, bytes]) => `${owner} ${formatBytes(bytes)}`);
  return [
    modelLine(model),
    line('trust', describeTrust(trust)),
    ...noteLines(report.notes),
    '',
    line(
      'bundles',
      `${formatCount(bundles.ready)} ready: ${formatCount(bundles.had)} were there, ${formatCount(bundles.made)} made; ${report.batch} ${report.batch === 1 ? 'input' : 'inputs'} each`,
    ),
    ...rate,
    line('store', `${store}: ${folders.join(', ')}`),
    line('time', `parties ready after ${formatMs(timing.setupMs)}, all done after ${formatMs(timing.totalMs)}`),
  ].join('\n');
}
