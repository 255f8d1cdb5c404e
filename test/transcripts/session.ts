/** Records one session over memory links as text: its messages, draws and expansions. */
import { createHash } from 'node:crypto';
import { decodeFrame } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { recorder } from '../support/recorder.js';

/** Lines beyond these of one kind are hashed: trees of transfers derive thousands of seeds. */
const MOST_LINES = 40;

export class Transcript {
  readonly #messages = new Map<string, string[]>();

  constructor() {
    recorder.begin();
  }

  /** Puts itself in the way of a link. */
  record(name: string, link: Link): Link {
    return {
      onMessage: (receive) => link.onMessage(receive),
      onClose: (closed) => link.onClose(closed),
      pause: () => link.pause(),
      resume: () => link.resume(),
      close: () => link.close(),
      send: (bytes) => {
        const { phase, bundle, step, depth, sequence } = decodeFrame(bytes);
        const lane = `${name} ${phase} ${bundle}`;
        const hash = createHash('sha256').update(bytes).digest('hex');
        const line = `${sequence}: step ${step}, depth ${depth}, ${bytes.length} bytes, ${hash}`;
        this.#messages.set(lane, [...(this.#messages.get(lane) ?? []), line]);
        return link.send(bytes);
      },
    };
  }

  /** All of it, in an order that does not depend on which role was faster. */
  text(): string {
    const messages = [...this.#messages]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([lane, lines]) => [`  ${lane}`, ...lines.map((line) => `    ${line}`)]);
    const uses = [...recorder.users].map(([origin, roles]) => `${origin}: ${[...roles].sort().join(', ')}`);
    return [
      'messages',
      ...messages,
      'draws',
      ...grouped(
        recorder.draws.map(({ role, what, bytes }) => [
          `${role}, ${what.replace(/#\d+$/, '')}`,
          `${what}, ${bytes} bytes`,
        ]),
      ),
      'expansions',
      ...grouped(
        recorder.expansions.map(({ role, what, bytes }) => [
          `${role}, ${what.split(' ')[0]}`,
          `${what}, ${bytes} bytes`,
        ]),
      ),
      'seeds, and the roles that expand them',
      ...grouped(uses.map((line) => [line.includes(' > ') ? 'derived' : 'drawn', line])),
      '',
    ].join('\n');
  }
}

/** Sorted lines under their headings, where there are many their number and hash. */
function grouped(lines: readonly (readonly string[])[]): string[] {
  const groups = new Map<string, string[]>();
  for (const [heading, line] of lines) groups.set(heading!, [...(groups.get(heading!) ?? []), line!]);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([heading, all]) => {
      const sorted = [...all].sort();
      if (sorted.length <= MOST_LINES) return [`  ${heading}`, ...sorted.map((line) => `    ${line}`)];
      const hash = createHash('sha256').update(sorted.join('\n')).digest('hex');
      return [`  ${heading}`, `    ${sorted.length} lines, ${hash}`];
    });
}
