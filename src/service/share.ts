/** The model owner of a deployment: shares a model with all who serve it, once a version. @module */
import { z } from 'zod';
import { ProtocolError, TacitError } from '../core/errors.js';
import { hasDealer } from '../core/trust.js';
import { type ComputingRole, computingRoles, locate } from '../deployment/deployment.js';
import { loadKernelModule } from '../kernels/module.js';
import { wasmKernels } from '../kernels/wasm.js';
import type { FixedModel } from '../model/fixed-model.js';
import { isThree, planOf } from '../plan/plan.js';
import { randomName } from '../platform/random.js';
import { sendModelThree } from '../roles/components.js';
import { sendShares } from '../roles/owner.js';
import { Channel } from '../transport/channel.js';
import { dial } from '../transport/dial.js';
import { type Card, openCard, signCard } from './card.js';
import type { Participant } from './config.js';

/** What the owner says of a model, beside what follows from it. */
export type Description = Omit<Card, 'deployment' | 'id' | 'planDigest'>;

const acceptedSchema = z.object({ accepted: z.literal(true) });
const keptSchema = z.object({ kept: z.literal(true) });

/**
 * Sends the signed card to all who serve, and each party its share of the weights.
 * @throws ProtocolError ALREADY_SHARED where one has this version; what a participant refuses for
 */
export async function shareModel(owner: Participant, description: Description, model: FixedModel): Promise<Card> {
  const { deployment, credentials, timeoutMs, keyPair } = owner;
  const planDigest = planOf(description.plan).digest;
  const card = { ...description, deployment: deployment.deployment, id: randomName('owner/card'), planDigest };
  const signed = signCard(card, keyPair);
  // as the others will read it
  const { plan } = openCard(signed, deployment);
  const { parties } = plan.trust;
  if (parties !== deployment.parties.length || (hasDealer(plan.trust) && !deployment.dealer)) {
    const has = `${deployment.parties.length} parties ${deployment.dealer ? 'and a dealer' : 'without a dealer'}`;
    throw new TacitError(
      'TRUST_MISMATCH',
      `expected a model for ${has}, got one for ${parties} ${hasDealer(plan.trust) ? 'and a dealer' : 'alone'}`,
    );
  }
  const bytes = new TextEncoder().encode(JSON.stringify(signed));
  const channels = new Map<ComputingRole, Channel>();
  try {
    for (const role of computingRoles(deployment)) {
      if (role === 'dealer' && !hasDealer(plan.trust)) continue;
      const link = await dial(`wss://${locate(deployment, role).address}/share`, timeoutMs, undefined, credentials);
      const channel = new Channel(link, { peer: role, timeoutMs });
      channels.set(role, channel);
      refuseOther(link.security!.peer.role, role);
    }
    const all = [...channels.values()];
    await Promise.all(all.map((channel) => channel.lane('control', 0).sendMessage({ bytes: bytes.length })));
    await Promise.all(all.map((channel) => channel.lane('control', 0).send(0, bytes)));
    await Promise.all(all.map((channel) => hear(channel, acceptedSchema)));
    const kernels = wasmKernels(loadKernelModule());
    const parties = all.filter((channel) => channel !== channels.get('dealer'));
    if (isThree(plan)) await sendModelThree(plan, kernels, model, parties);
    else await sendShares(plan, kernels, model, [parties[0]!, parties[1]!]);
    await Promise.all(all.map((channel) => hear(channel, keptSchema)));
    for (const channel of all) channel.finish();
    return card;
  } catch (error) {
    for (const channel of channels.values())
      channel.fail(error instanceof TacitError ? error : new TacitError('INTERNAL', String(error)));
    throw error;
  }
}

/** @throws ProtocolError ROLE_MISMATCH where another than `role` listens at its address */
export function refuseOther(certified: string, role: string): void {
  if (certified === role) return;
  throw new ProtocolError('ROLE_MISMATCH', `expected ${role} at its address, got ${certified}`);
}

async function hear(channel: Channel, schema: z.ZodType): Promise<void> {
  const message = await channel.lane('control', 0).receiveMessage();
  if (schema.safeParse(message).success) return;
  throw new ProtocolError('BAD_FRAME', `${channel.peer}: expected that it takes the model, got another message`);
}
