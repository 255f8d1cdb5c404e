/** What the parties' shares of a model depend on: which network it is, and who prepares. Batch, policy and transfers are a plan's own. @module */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { hasDealer } from '../core/trust.js';
import { type PlanInput, PROTOCOL_VERSION } from './compile.js';

/** SHA-256 of version, graph, and whether a dealer masks the weights, hex: plans of one share agree in it. */
export function modelDigestOf({ graph, trust }: Pick<PlanInput, 'graph' | 'trust'>): string {
  const described = JSON.stringify([PROTOCOL_VERSION, 'model', graph, trust.parties, hasDealer(trust)]);
  return bytesToHex(sha256(utf8ToBytes(described)));
}
