/** What a full run of the benches found, as one object: the report is made from it and two of them can be compared. @module */
import type { HeFigures } from './he/measure.js';

/** Changes when a field changes its meaning. */
export const RESULTS_VERSION = 2;

export type Technique = 'plain' | 'he' | 'mpc';
export type LinkName = 'none' | 'lan' | 'wan';

/** One configuration, measured. Costs are of one evaluation, which serves `batch` images. */
export interface Row {
  /** Stable from run to run: rows of two runs are compared by it. */
  readonly key: string;
  readonly network: string;
  readonly technique: Technique;
  /** Short, for axes and legends. */
  readonly name: string;
  /** Backend, adapter, parameters. */
  readonly detail: string;
  /** The participants, and what each may learn. */
  readonly trust: string;
  readonly link: LinkName;
  readonly batch: number;
  readonly ms: { readonly offline: number; readonly online: number };
  /** Between the parties, and to and from the client; sent once a model or session: setup. */
  readonly bytes: {
    readonly setup: number;
    readonly offline: number;
    readonly online: number;
    readonly client: number;
  };
  /** Online, one way; null where nothing is said in rounds. */
  readonly rounds: number | null;
  /** Of the process that held most. */
  readonly peakMemoryBytes: number;
  /** Whether the outputs were those of the plain evaluator, bit for bit; null for plaintext in floating point. */
  readonly exact: boolean | null;
  /** Evaluations that the medians are of. */
  readonly passes: number;
  /** Evaluations before those, that warmed up. */
  readonly warmPasses: number;
  /** Some of the time was not measured but computed from a sample or from a link's nominal rate. */
  readonly extrapolated: boolean;
  readonly note?: string;
}

export interface AccuracyRow {
  readonly key: string;
  readonly network: string;
  readonly technique: Technique | 'fixed';
  readonly name: string;
  readonly images: number;
  readonly accuracy: number;
  /** The part whose best label is that of the float network; null for that network itself. */
  readonly agreement: number | null;
  /** Images whose ring integers (or decrypted integers) were the plain evaluator's; null where that is not compared. */
  readonly exactImages: number | null;
  /** Why there are fewer images than of other rows. */
  readonly note?: string;
}

/** What one amount of work cost. */
interface Point {
  readonly x: number;
  readonly ms: number;
  readonly bytes: number;
  /** The largest process of a party; old reports have none. */
  readonly memoryBytes?: number | undefined;
}

/** One quantity varied. */
export interface Series {
  readonly key: string;
  /** What grows: ReLUs, multiply-accumulates, images, bits. */
  readonly unit: string;
  readonly name: string;
  readonly mode: string;
  readonly points: readonly Point[];
  /** Exponents of a power law fitted to the points: 1 is in step with the work, above it is faster. Null for two points: a line through two fits always. */
  readonly slopes: Omit<Point, 'x'> | null;
  /** Whether every output was the plain evaluator's. */
  readonly exact: boolean;
}

export interface LayerRow {
  readonly network: string;
  readonly mode: string;
  readonly layer: string;
  readonly kind: string;
  /** Inputs at once. */
  readonly batch: number;
  /** Instances of a non-linear step, multiply-accumulates of a linear one. */
  readonly work: number;
  readonly ms: { readonly offline: number; readonly online: number };
  readonly bytes: { readonly offline: number; readonly online: number };
  /** Evaluations that the medians are of. */
  readonly passes: number;
  /** Whether every output was the plain evaluator's. */
  readonly exact: boolean;
}

/** A link as it was asked for and as it was measured. */
export interface LinkCheck {
  readonly name: string;
  readonly nominal: { readonly roundTripMs: number; readonly megabits: number };
  readonly measured: { readonly roundTripMs: number; readonly megabits: number };
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly platform: string;
  /** The adapter that WebGPU found, or why none: said in every report. */
  readonly gpu: string;
}

export interface Results {
  readonly version: number;
  /** ISO 8601. */
  readonly made: string;
  readonly seconds: number;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly accuracy: readonly AccuracyRow[];
  readonly layers: readonly LayerRow[];
  readonly scaling: readonly Series[];
  readonly links: readonly LinkCheck[];
  readonly he: readonly HeFigures[];
  /** What could not be measured, and why. */
  readonly absent: readonly { readonly what: string; readonly why: string }[];
}

/** What ran and did not give its plain evaluator's integers; empty in a sound run. */
export function inexactOf(results: Partial<Pick<Results, 'rows' | 'accuracy' | 'layers' | 'scaling'>>): string[] {
  const { rows = [], accuracy = [], layers = [], scaling = [] } = results;
  return [
    ...rows.filter(({ exact }) => exact === false).map(({ key }) => key),
    ...accuracy
      .filter(({ images, exactImages }) => (exactImages ?? images) < images)
      .map(({ key }) => `accuracy of ${key}`),
    ...layers.filter(({ exact }) => !exact).map(({ network, layer, mode }) => `${layer} of ${network} by ${mode}`),
    ...scaling.filter(({ exact }) => !exact).map(({ key }) => `scaling by ${key}`),
  ];
}

/** Milliseconds of a row, offline and online. */
export function totalMs({ ms }: Pick<Row, 'ms'>): number {
  return ms.offline + ms.online;
}

/** Milliseconds of a row for each image that it serves. */
export function msAnImage(row: Pick<Row, 'ms' | 'batch'>): number {
  return totalMs(row) / row.batch;
}

/** Bytes that each evaluation moves. */
export function totalBytes({ bytes }: { readonly bytes: Omit<Row['bytes'], 'setup'> }): number {
  return bytes.offline + bytes.online + bytes.client;
}
