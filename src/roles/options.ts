/** What every role is told when it starts. @module */
import type { PlanInput } from '../plan/compile.js';
import type { AnyPlan } from '../plan/plan.js';
import { type Role, Session } from '../session/session.js';
import type { NetworkProfile } from '../transport/link.js';

export interface RoleOptions {
  /** The plan that all roles of the session run. */
  readonly plan: PlanInput;
  /** The session's name, which all roles are given. */
  readonly session: string;
  /** How long to wait for a peer, in ms. */
  readonly timeoutMs: number;
  /** Shapes the links among compute parties and dealer. */
  readonly network?: NetworkProfile;
}

/** A role that takes part in the offline phase. */
export interface WorkerOptions extends RoleOptions {
  /** Worker threads for bulk work, 1: none but the process's own; default one less than cores. */
  readonly threads?: number;
  /** The folder of this role's bundle store; without it nothing outlives the session. */
  readonly store?: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** This role's end of the session. */
export function openSession(role: Role, plan: AnyPlan, options: RoleOptions): Session {
  return new Session(
    { role, planDigest: plan.digest, trust: plan.trust, session: options.session },
    { timeoutMs: options.timeoutMs, ...(options.network ? { network: options.network } : {}) },
  );
}
