/** Forks bench/peer.ts and ends it; what it says of a fault ends the measurement. @module */
import { type ChildProcess, fork } from 'node:child_process';
import { TacitError } from '../src/core/errors.js';
import { compiled } from './child.js';
import type { PeerMessage, PeerPorts } from './streams.js';

export class PeerProcess {
  readonly ports: PeerPorts;
  readonly #child: ChildProcess;
  readonly #failed: Promise<never>;

  private constructor(child: ChildProcess, failed: Promise<never>, ports: PeerPorts) {
    this.#child = child;
    this.#failed = failed;
    this.ports = ports;
  }

  /** @throws TacitError PARTY_DIED where it does not start, or the error that it reports */
  static async start(): Promise<PeerProcess> {
    const child = fork(compiled('peer.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let listening: (ports: PeerPorts) => void = () => {};
    const ports = new Promise<PeerPorts>((resolve) => {
      listening = resolve;
    });
    const failed = new Promise<never>((_, reject) => {
      child.on('message', (message: PeerMessage) => {
        if (message.type === 'listening') listening(message.ports);
        else reject(new TacitError(message.code, `the bench's peer: ${message.message}`));
      });
      child.on('error', (error) => reject(died(error.message)));
      child.on('exit', (code, signal) => reject(died(signal ?? `exit code ${code}`)));
    });
    failed.catch(() => {});
    return new PeerProcess(child, failed, await Promise.race([ports, failed]));
  }

  /** The work, or what ended the peer before it was done. */
  guard<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed]);
  }

  /** Ends the process and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

function died(how: string): TacitError {
  return new TacitError('PARTY_DIED', `expected the bench's peer to stay, it ended with ${how}. Start again`);
}
