/** What a run of many minutes consists of, about how long each part takes, and how much is left. @module */
import { tableText } from './format.js';

/** One measurement. */
export interface Job {
  /** Said when it begins. */
  readonly what: string;
  /** About. */
  readonly ms: number;
}

/** A line of the contents. */
export interface Part {
  readonly title: string;
  readonly jobs: readonly Job[];
}

/** Before this much has been measured, the machine's speed is taken to be the model's. */
const TRUSTED_MS = 60_000;

/** Follows a run by what its jobs say when they begin. */
export class Agenda {
  readonly #parts: readonly Part[];
  readonly #jobs: readonly Job[];
  readonly #now: () => number;
  #start: number;
  /** Index of the job that is under way. */
  #at = -1;
  #began: number;

  constructor(parts: readonly Part[], now: () => number = () => performance.now()) {
    this.#parts = parts;
    this.#jobs = parts.flatMap(({ jobs }) => jobs);
    this.#now = now;
    this.#start = now();
    this.#began = this.#start;
  }

  /** Parts with their estimated times, and the sum. */
  contents(): string {
    const lines = this.#parts.map(({ title, jobs }, i) => [
      `${i + 1}`,
      title,
      `${jobs.length} measurement${jobs.length === 1 ? '' : 's'}`,
      aboutText(sumMs(jobs)),
    ]);
    return `${tableText(lines, [1])}\nin all ${aboutText(sumMs(this.#jobs))}`;
  }

  /** `what` begins: a job that follows, or a detail of the one under way. Returns the line that says so. */
  begin(what: string): string {
    const next = this.#jobs.findIndex((job, i) => i > this.#at && job.what === what);
    if (next >= 0) {
      this.#at = next;
      this.#began = this.#now();
    }
    return `${aboutText(this.leftMs())} left: ${what}`;
  }

  /** At the pace of what is done, which the model's is mixed into as long as that is little. */
  leftMs(): number {
    const done = sumMs(this.#jobs.slice(0, Math.max(0, this.#at)));
    const pace = (this.#began - this.#start + TRUSTED_MS) / (done + TRUSTED_MS);
    const current = this.#jobs[this.#at];
    const spent = this.#now() - this.#began;
    const rest = current === undefined ? 0 : Math.max(0, current.ms * pace - spent);
    return rest + pace * sumMs(this.#jobs.slice(this.#at + 1));
  }
}

function sumMs(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { ms }) => sum + ms, 0);
}

/** To ten seconds, from two minutes on to minutes. */
function aboutText(ms: number): string {
  const seconds = Math.max(10, Math.round(ms / 10_000) * 10);
  return seconds < 120 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
}
