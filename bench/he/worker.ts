/** A worker thread: CryptoNets' server for one plaintext modulus. It says when it is set up, and answers the pixels that it is then given. @module */
import { parentPort, workerData } from 'node:worker_threads';
import { CryptonetsServer, type ServerResult } from './cryptonets.js';
import type { IntegerNetwork } from './network.js';
import { type BfvParameters, loadSeal } from './seal.js';

export interface ServerSetup {
  readonly parameters: BfvParameters;
  readonly network: IntegerNetwork;
  readonly relinearisationKeys: Uint8Array;
}

export type ServerMessage =
  | { readonly type: 'ready'; readonly ms: number }
  | { readonly type: 'progress'; readonly fraction: number }
  | ({ readonly type: 'result' } & ServerResult);

const port = parentPort!;
const { parameters, network, relinearisationKeys } = workerData as ServerSetup;
const tell = (message: ServerMessage): void => port.postMessage(message);
const seal = await loadSeal();
const start = performance.now();
const server = new CryptonetsServer(seal, parameters, network, relinearisationKeys, (fraction) =>
  tell({ type: 'progress', fraction }),
);
port.on('message', (pixels: readonly Uint8Array[]) => tell({ type: 'result', ...server.run(pixels) }));
tell({ type: 'ready', ms: performance.now() - start });
