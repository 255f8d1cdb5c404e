/** One call for a client: dial all parties, greet them, wait until they have the model. @module */
import { planOf } from '../plan/plan.js';
import { dial } from '../transport/dial.js';
import { Client, computeRoles, type ProgressListener } from './client.js';
import { openSession, type RoleOptions } from './options.js';

export interface ConnectOptions extends Omit<RoleOptions, 'network' | 'timeoutMs'> {
  /** WebSocket addresses of the parties, from party 0 on. */
  readonly urls: readonly string[];
  /** How long to wait for a party; default 30 s. */
  readonly timeoutMs?: number;
  readonly onProgress?: ProgressListener;
}

/**
 * A client of running parties.
 * @throws ProtocolError where a party is not there, or runs another plan, trust model or session
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const plan = planOf(options.plan);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const session = openSession('client', plan, { ...options, timeoutMs });
  return session.run(async () => {
    const roles = computeRoles(plan);
    if (options.urls.length !== roles.length) {
      throw new RangeError(`urls: expected ${roles.length} addresses, got ${options.urls.length}`);
    }
    for (const [i, role] of roles.entries()) await session.join(await dial(options.urls[i]!, timeoutMs), [role]);
    return Client.start(plan, session, options.onProgress);
  });
}
