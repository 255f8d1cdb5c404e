/**
 * Participants on machines of their own, by a deployment file: parties, dealer, owner and clients, each with a key. Private inference in three lines:
 *
 *     const client = connect({ deployment: 'deployment.yaml', key: 'client-alice.key', certificate: 'client-alice.pem' });
 *     const { values } = await client.predict('secureml', image);
 * @module
 */
import { DeploymentClient } from './service/client.js';
import { type ParticipantFiles, readConfig, readParticipant } from './service/config.js';
import { type ServiceOptions, serve } from './service/service.js';

export { TacitError } from './core/errors.js';
export { type Deployment, parseDeployment, readDeployment } from './deployment/deployment.js';
export { type KeyPair, makeKey, writeKey } from './deployment/keys.js';
export type { Card } from './service/card.js';
export { DeploymentClient, type Prediction } from './service/client.js';
export { type Participant, type ParticipantFiles, readParticipant, type ServiceConfig } from './service/config.js';
export type { ServiceEvent, ServiceOptions } from './service/service.js';
export { type Description, shareModel } from './service/share.js';

/**
 * A client of a deployment; it connects when it is asked for something.
 * @param timeoutMs how long to wait for a party; default 30 s
 * @throws TacitError BAD_CONFIG, KEY_EXPOSED; CERTIFICATE_UNKNOWN and its like where the deployment does not know the certificate
 */
export function connect(files: ParticipantFiles, timeoutMs?: number): DeploymentClient {
  return new DeploymentClient(readParticipant(files, timeoutMs));
}

/**
 * Serves as a party until the signal aborts.
 * @param config the path of its configuration (docs/deploy.md)
 * @throws TacitError BAD_CONFIG, KEY_EXPOSED, ROLE_MISMATCH, PORT_TAKEN, and those of stores
 */
export function runParty(config: string, options?: ServiceOptions): Promise<void> {
  return serve(readConfig(config, ['party0', 'party1', 'party2']), options);
}

/** Serves as the dealer until the signal aborts. @throws as `runParty` */
export function runDealer(config: string, options?: ServiceOptions): Promise<void> {
  return serve(readConfig(config, ['dealer']), options);
}
