/** What a session of a deployment is called. @module */
import { createHash } from 'node:crypto';
import type { Security } from '../transport/link.js';

const LABEL = 'EXPORTER-tacit-session';

/**
 * The name of the session that a client asks party 0 for: it names the one connection on which it does, and both its certificates. No secret: it does
 * not give back what was exported.
 */
export function sessionName({ exported }: Security, client: string, party: string): string {
  return createHash('sha256').update(`${LABEL} ${client} ${party} `).update(exported(LABEL)).digest('hex');
}
