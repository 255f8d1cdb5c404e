/** What is under way, on stderr. @module */
import { Agenda, type Part } from './agenda.js';

/** One line on a terminal, rewritten; nothing where stderr is a file. */
export function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

/** Of work of many minutes, on stderr: what it consists of, then how much is left. */
export class LongProgress {
  #agenda = new Agenda([]);
  #stage = '';

  readonly begin = (parts: readonly Part[]): void => {
    this.#agenda = new Agenda(parts);
    process.stderr.write(`${this.#agenda.contents()}\n`);
  };

  /** On a terminal one line, rewritten; where stderr is a file, a line whenever another thing than a count changes. */
  readonly show = (what: string): void => {
    const line = this.#agenda.begin(what);
    const stage = what.replace(/\d+/g, '');
    if (process.stderr.isTTY) showProgress(line);
    else if (stage !== this.#stage) process.stderr.write(`${line}\n`);
    this.#stage = stage;
  };
}
