/**
 * What the report leads with: one network under every technique, what an image costs alone and among many. The chart, the table
 * beside it and the sentences are all made from this.
 * @module
 */
import { SQUARE_NETWORK } from '../../models/zoo.js';
import { msAnImage, type Results, type Row, totalBytes } from '../results.js';
import { byTechnique, familyOf, titleOf } from './techniques.js';

/** An image's share of one evaluation, offline and online. */
export interface Cost {
  readonly row: Row;
  readonly ms: number;
  readonly bytes: number;
}

export interface Standing {
  readonly title: string;
  readonly single: Cost | undefined;
  /** The cheapest of those that serve many images at once. */
  readonly bulk: Cost | undefined;
}

export interface Lead {
  /** That MPC and plaintext ran. */
  readonly network: string;
  /** That homomorphic encryption ran. */
  readonly heNetwork: string | undefined;
  /** Plaintext, MPC, homomorphic encryption, as far as they were measured. */
  readonly standings: readonly Standing[];
}

/** Of the network of homomorphic encryption where MPC ran it or its twin with ReLUs, else of the last that MPC ran; all without a network delay. */
export function leadOf({ rows }: Results): Lead | undefined {
  const local = rows.filter(({ link }) => link === 'none');
  const mpc = local.filter(({ technique }) => technique === 'mpc');
  const family = mpc.filter(({ network }) => familyOf(network) === familyOf(SQUARE_NETWORK));
  const network = (family.find((row) => row.network === SQUARE_NETWORK) ?? family[0] ?? mpc.at(-1))?.network;
  if (network === undefined) return undefined;
  const he = local.filter((row) => row.technique === 'he' && familyOf(row.network) === familyOf(network));
  const compared = byTechnique([...local.filter((row) => row.technique !== 'he' && row.network === network), ...he]);
  const standings = [...new Set(compared.map(titleOf))].map((title) => {
    const own = compared.filter((row) => titleOf(row) === title);
    return { title, single: cheapest(own, true), bulk: cheapest(own, false) };
  });
  return { network, heNetwork: he[0]?.network, standings };
}

/** Standings of one technique; several of MPC. */
export function standingsOf({ standings }: Lead, technique: Row['technique']): Standing[] {
  return standings.filter(({ single, bulk }) => (single ?? bulk)!.row.technique === technique);
}

function cheapest(rows: readonly Row[], single: boolean): Cost | undefined {
  const [row] = rows.filter(({ batch }) => (batch === 1) === single).sort((a, b) => msAnImage(a) - msAnImage(b));
  return row && { row, ms: msAnImage(row), bytes: totalBytes(row) / row.batch };
}
