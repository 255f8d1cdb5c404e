/** A worker thread: CryptoNets' server for one plaintext modulus. @module */
import { parentPort, workerData } from 'node:worker_threads';
import { CryptonetsServer, type ServerResult } from './cryptonets.js';
import type { IntegerNetwork } from './network.js';
import { type BfvParameters, loadSeal } from './seal.js';

export interface ServerJob {
  readonly parameters: BfvParameters;
  readonly network: IntegerNetwork;
  readonly relinearisationKeys: Uint8Array;
  readonly pixels: readonly Uint8Array[];
}

export type ServerMessage =
  | { readonly type: 'progress'; readonly fraction: number }
  | ({ readonly type: 'result' } & ServerResult);

const port = parentPort!;
const job = workerData as ServerJob;
const tell = (message: ServerMessage): void => port.postMessage(message);
const server = new CryptonetsServer(
  await loadSeal(),
  job.parameters,
  job.network,
  job.relinearisationKeys,
  (fraction) => tell({ type: 'progress', fraction }),
);
tell({ type: 'result', ...server.run(job.pixels) });
