import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../src/deployment/deployment.js';
import { deploymentOf } from '../support/deployment.js';

const pinned = (digit: string): string => `sha256:${digit.repeat(64)}`;
const right = {
  deployment: 'clinic',
  parties: [
    { address: 'a.example:7100', pin: pinned('0') },
    { address: '[::1]:7100', pin: pinned('1') },
  ],
  owner: { pin: pinned('2') },
};

function fault(value: unknown): string {
  try {
    parseDeployment(value, 'file');
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_CONFIG' });
    return (error as Error).message;
  }
  return 'none';
}

describe('a deployment file', () => {
  it('is taken as it is', async () => {
    expect(parseDeployment(right, 'file')).toEqual({ ...right, clients: [], revoked: [] });
    expect((await deploymentOf()).clients).toHaveLength(1);
  });

  it.each([
    [{ ...right, deployment: 'Clinic' }, 'file, deployment: expected a name'],
    [{ ...right, parties: right.parties.slice(1) }, 'file, parties: expected two or three'],
    [
      { ...right, parties: [right.parties[0], { address: 'a', pin: pinned('1') }] },
      'file, parties[1].address: expected HOST:PORT',
    ],
    [{ ...right, owner: { pin: 'sha1:00' } }, 'file, owner.pin: expected sha256:'],
    [{ ...right, owner: undefined }, 'file, owner: '],
    [{ ...right, delaer: right.owner }, 'file: '],
    [{ ...right, owner: { pin: pinned('0') } }, 'file: expected every pin once'],
    [
      { ...right, parties: right.parties.map((party) => ({ ...party, address: 'a:1' })) },
      'file: expected every address once',
    ],
  ])('names the field that is wrong: %#', (value, message) => {
    expect(fault(value)).toContain(message);
  });
});
