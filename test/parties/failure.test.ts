/** A failure of a party as the launcher's user sees it. */
import { describe, expect, it } from 'vitest';
import { describeError } from '../../parties/cli/errors.js';
import { errorOf, failureOf, wasTold } from '../../parties/failure.js';
import { ProtocolError, TacitError } from '../../src/core/errors.js';
import { Session } from '../../src/session/session.js';

const ARGV = ['infer', 'lenet'];
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;

/** Over the process's channel and back. */
function crossed(error: unknown): TacitError {
  return errorOf(structuredClone(failureOf(error)));
}

/** What a party's session throws when its work does. */
function thrownBy(work: () => never): Promise<unknown> {
  const session = new Session({ role: 'party0', planDigest: '', trust, session: 'one' });
  return session.run(async () => work()).catch((error: unknown) => error);
}

describe('a failure of a party', () => {
  it('that is a fault of ours comes with its cause in one line, and with the stack of the party on --debug', async () => {
    const error = crossed(
      await thrownBy(function deepInside() {
        throw new TypeError('no such step');
      }),
    );
    const { text } = describeError(error, ARGV);
    expect(text).toBe('tacit: expected to finish, failed with: no such step. Run again with --debug and report it');
    const debugged = describeError(error, [...ARGV, '--debug']).text;
    expect(debugged).toContain('caused by: TypeError: no such step');
    expect(debugged).toContain('deepInside');
  });

  it('keeps its code and facts', () => {
    const { code, message, facts } = crossed(
      new TacitError('RANGE_OVERFLOW', 'too large', { facts: { ringBits: 32 } }),
    );
    expect([code, message, facts]).toEqual(['RANGE_OVERFLOW', 'too large', { ringBits: 32 }]);
  });

  it('is known from what it was told by another', () => {
    expect(wasTold(new TacitError('STORE_FULL', 'no room'))).toBe(false);
    expect(wasTold(crossed(new ProtocolError('STORE_FULL', 'told', { facts: { toldBy: 'party 1' } })))).toBe(true);
  });
});

describe('advice', () => {
  it('on a party that did not come is about the link that was turned away, where there was one', () => {
    const late = (facts: Record<string, string>): string =>
      describeError(new ProtocolError('PEER_TIMEOUT', 'expected party 1 to join, it did not', { facts }), ARGV).text;
    expect(late({})).toMatch(/Check that it runs, or raise --timeout$/);
    expect(late({ refusedFor: 'PLAN_MISMATCH' })).toMatch(/Give all parties the same model and the same flags$/);
  });

  it('on transfers that are too many for one bundle is to make the bundle smaller', () => {
    const exhausted = (bundles: number): string =>
      describeError(new TacitError('SESSION_EXHAUSTED', 'too many', { facts: { bundles } }), ARGV).text;
    expect(exhausted(0)).toMatch(/Use a smaller --batch, or --preprocessing dealer$/);
    expect(exhausted(5)).toMatch(/Start a new session$/);
  });
});
