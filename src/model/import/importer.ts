/** What reads one kind of model file. @module */
import type { Graph } from '../graph.js';

export interface Importer {
  /** The file that it reads, for errors. */
  readonly reads: string;
  /** Whether a file of this name is for it. */
  accepts(path: string): boolean;
  /** @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on what Tacit cannot run */
  load(path: string): Promise<Graph>;
}
