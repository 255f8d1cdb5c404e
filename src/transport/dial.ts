/** Links to parties, by the scheme of their addresses. @module */
import { DIALLERS } from '#links';
import { ProtocolError, TacitError } from '../core/errors.js';
import type { Credentials, Link } from './link.js';

const RETRY_MS = 50;

/**
 * Dials until the other side listens. A link whose far end is silent for timeoutMs ends, where the link can tell.
 * @param credentials of this end, of a link that is secured by the certificates of a deployment
 * @throws TacitError BAD_INPUT where the address has a scheme that no link has
 * @throws ProtocolError PEER_TIMEOUT where no party listens within timeoutMs, or the signal aborts before
 */
export async function dial(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
  credentials?: Credentials,
): Promise<Link> {
  const dialler = DIALLERS[/^[a-z0-9+.-]+:/.exec(url)?.[0] ?? ''];
  if (!dialler) {
    throw new TacitError('BAD_INPUT', `expected an address of ${Object.keys(DIALLERS).join(' or ')}, got ${url}`);
  }
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await dialler(url, {
        timeoutMs,
        patienceMs: Math.max(1, deadline - performance.now()),
        signal,
        credentials,
      });
    } catch (error) {
      // who was reached and refused will not be another the next time
      if (error instanceof TacitError) throw error;
      if (performance.now() > deadline || signal?.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ProtocolError('PEER_TIMEOUT', `expected a party at ${url} within ${timeoutMs} ms, got: ${reason}`, {
          facts: { timeoutMs },
        });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
