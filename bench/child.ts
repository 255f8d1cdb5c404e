/**
 * A process for one measurement: its memory is its own, and what it leaves behind no other sees. It is given a job, may say how
 * far it is, answers once and ends; it does not outlive the process that forked it.
 * @module
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codeOf, type ErrorCode, TacitError } from '../src/core/errors.js';

type Message<Answer> =
  | { readonly type: 'progress'; readonly what: string }
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'failure'; readonly code: ErrorCode; readonly message: string };

/** The compiled file of a module below bench: beside this one or, from the TypeScript source (tests), in dist. */
export function compiled(path: string): URL {
  const url = new URL(`${import.meta.url.endsWith('.ts') ? '../dist/bench/' : './'}${path}`, import.meta.url);
  if (existsSync(url)) return url;
  throw new TacitError('INTERNAL', `expected ${fileURLToPath(url)}, found none. Run: npm run build`);
}

/**
 * The answer of a process that runs the module at `path` below bench, which calls `serve`.
 * @throws TacitError what the process failed with; PARTY_DIED where it ended without an answer
 */
export function runChild<Job extends object, Answer>(
  path: string,
  job: Job,
  onProgress: (what: string) => void = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(compiled(path), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const died = (how: string): void =>
      reject(new TacitError('PARTY_DIED', `expected the process of ${path} to answer, it ${how}. Start again`));
    child.on('message', (message: Message<Answer>) => {
      if (message.type === 'progress') onProgress(message.what);
      else if (message.type === 'answer') resolve(message.answer);
      else reject(new TacitError(message.code, message.message));
    });
    child.once('error', (error) => died(`failed: ${error.message}`));
    child.once('exit', (code, signal) => died(`ended with ${signal ?? code}`));
    child.send(job, () => {});
  });
}

/** The side of the process itself. */
export function serve<Job, Answer>(work: (job: Job, onProgress: (what: string) => void) => Promise<Answer>): void {
  const tell = (message: Message<Answer>, then: () => void): void => void process.send!(message, then);
  const end = (message: Message<Answer>): void => tell(message, () => process.exit(0));
  process.once('disconnect', () => process.exit(1));
  process.once('message', (job: Job) => {
    work(job, (what) => tell({ type: 'progress', what }, () => {})).then(
      (answer) => end({ type: 'answer', answer }),
      (error: unknown) =>
        end({
          type: 'failure',
          code: codeOf(error),
          message: error instanceof Error ? error.message : String(error),
        }),
    );
  });
}
