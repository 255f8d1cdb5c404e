/** A deployment's services: models are shared once, and serve many clients, one after another. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/core/errors.js';
import { decode } from '../../src/core/fixed.js';
import { locate } from '../../src/deployment/deployment.js';
import { DeploymentClient } from '../../src/service/client.js';
import { type Description, shareModel } from '../../src/service/share.js';
import { dial } from '../../src/transport/dial.js';
import { count, inputs, model, plainOutputs, threeParties, twoParties as trust } from '../support/crew.js';
import { keyOf, pin } from '../support/deployment.js';
import { participant, type Services, startServices } from '../support/services.js';

const description: Description = {
  name: 'small',
  version: 1,
  plan: { graph: model.graph, batch: 2, trust },
  inputs: { labels: ['a', 'b'] },
  range: { low: -8, high: 8 },
  facts: { name: 'small' },
  fixedPoint: {},
};

let services: Services;
beforeAll(async () => {
  const bob = { name: 'bob', pin: await pin(keyOf('bob')) };
  const alice = { name: 'alice', pin: await pin(keyOf('alice')) };
  services = await startServices({ clients: [alice, bob] });
});
afterAll(() => services.stop());

const client = async (holder: 'alice' | 'bob'): Promise<DeploymentClient> =>
  new DeploymentClient(await participant(services.deployment, holder));

function expected(): number[] {
  const { ringBits, nodes, output } = model.graph;
  return [...decode(ringBits, nodes[output]!.fractionBits, Uint32Array.from(plainOutputs()))];
}

describe('a deployment', () => {
  it('has no model before its owner shares one', async () => {
    const alice = await client('alice');
    expect(await alice.models()).toEqual([]);
    expect(await alice.predict('small', inputs).then(() => 'ok', codeOf)).toBe('NOT_SHARED');
  });

  it('serves a model to clients, to the bit', async () => {
    const owner = await participant(services.deployment, 'owner');
    const card = await shareModel(owner, description, model);
    const alice = await client('alice');
    expect((await alice.models()).map(({ id }) => id)).toEqual([card.id]);
    const first = await alice.predict('small', inputs);
    expect([...first.values]).toEqual(expected());
    expect(first.costs).toHaveLength(Math.ceil(count / 2));
    expect(first.costs[0]!.online.bytes).toEqual(first.model.plan.predicted.online);
    expect(first.resumed).toBe(false);
    const again = await alice.predict('small@1', inputs);
    expect([...again.values]).toEqual(expected());
    expect(again.resumed).toBe(true);
  });

  it('gives clients that come at once their turns', async () => {
    const both = await Promise.all([
      (await client('alice')).predict('small', inputs),
      (await client('bob')).predict('small', inputs),
    ]);
    for (const { values } of both) expect([...values]).toEqual(expected());
  });

  it('takes a version once, and only of its owner', async () => {
    const owner = await participant(services.deployment, 'owner');
    expect(await shareModel(owner, description, model).then(() => 'ok', codeOf)).toBe('ALREADY_SHARED');
    const alice = await participant(services.deployment, 'alice');
    expect(await shareModel(alice, { ...description, version: 2 }, model).then(() => 'ok', codeOf)).toBe('BAD_CARD');
    await shareModel(owner, { ...description, version: 2 }, model);
    expect((await (await client('bob')).find('small')).card.version).toBe(2);
  });

  it('keeps who has no part in a session out of it, and serves on', async () => {
    const bob = await participant(services.deployment, 'bob');
    const call = async (path: string): Promise<string> => {
      const url = `wss://${locate(services.deployment, 'party1').address}${path}`;
      const link = await dial(url, 5000, undefined, bob.credentials);
      return new Promise((resolve) => link.onClose((reason) => resolve(reason)));
    };
    for (const path of ['/sessions/ab?model=x&client=y', '/models/ab', '/share', '/nothing', '/sessions/']) {
      expect(await call(path)).toMatch(/closed/);
    }
    const refused = services.events.filter(({ event }) => event.type === 'refused').map(({ event }) => event);
    expect(refused).toContainEqual({ type: 'refused', peer: 'bob', code: 'SESSION_MISMATCH' });
    expect(refused).toContainEqual({ type: 'refused', peer: 'bob', code: 'ROLE_MISMATCH' });
    expect([...(await (await client('alice')).predict('small', inputs)).values]).toEqual(expected());
  });

  it('goes on where it was after a restart', async () => {
    await services.stop();
    services = await startServices({}, services.folder);
    const { resumed, values } = await (await client('alice')).predict('small@1', inputs);
    expect(resumed).toBe(true);
    expect([...values]).toEqual(expected());
  });
});

describe('a deployment of three parties', () => {
  it('serves a model to clients, to the bit', async () => {
    const three = await startServices({}, undefined, ['party0', 'party1', 'party2']);
    try {
      const owner = await participant(three.deployment, 'owner');
      await shareModel(owner, { ...description, plan: { graph: model.graph, batch: 2, trust: threeParties } }, model);
      const client = new DeploymentClient(await participant(three.deployment, 'alice'));
      for (let time = 0; time < 2; time++) {
        expect([...(await client.predict('small', inputs)).values]).toEqual(expected());
      }
      const refused = shareModel(owner, { ...description, version: 2 }, model).then(() => 'ok', codeOf);
      expect(await refused).toBe('TRUST_MISMATCH');
    } finally {
      await three.stop();
    }
  });
});
