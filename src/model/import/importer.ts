/** What reads one kind of model file. @module */
import type { Graph } from '../graph.js';

/** The shape of an input where a file leaves it open; of the only input where it has no name. */
export interface InputShape {
  readonly name?: string;
  readonly shape: readonly number[];
}

export interface ImportOptions {
  readonly inputShapes?: readonly InputShape[];
}

/** Operators or layers that a kind of file may have. */
export interface SupportedOperators {
  readonly of: string;
  readonly names: readonly string[];
}

export interface Importer {
  /** The file that it reads, for errors. */
  readonly reads: string;
  /** Whether a file of this name is for it. */
  accepts(path: string): boolean;
  operators(): Promise<readonly SupportedOperators[]>;
  /** @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on what Tacit cannot run */
  load(path: string, options: ImportOptions): Promise<Graph>;
}
