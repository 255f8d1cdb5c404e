/** A process that dies, or that stops answering, ends the run of all with one code, and leaves no process behind. */
import { describe, expect, it } from 'vitest';
import { expectFailure, threeParties, twoParties } from '../support/crew.js';

const died = { code: 'PARTY_DIED', message: expect.stringContaining('SIGKILL') };
const stalled = { code: 'PEER_TIMEOUT' };

describe.each([
  ['two parties and a dealer', twoParties, ['party0', 'party1', 'dealer', 'client']],
  ['three parties', threeParties, ['party0', 'party1', 'party2', 'client']],
] as const)('%s as processes', (_, trust, victims) => {
  it.each(victims)('end when %s is killed in mid-run', async (victim) => {
    await expectFailure(trust, victim, 'SIGKILL', died);
  });

  // what each party says itself of one that stalls: survivors-three.slow.test.ts
  it.each(victims)('end when %s stalls', async (victim) => {
    await expectFailure(trust, victim, 'SIGSTOP', stalled);
  });
});
