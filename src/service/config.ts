/** What a participant of a deployment is told when it starts: a file beside its key. Paths in it are relative to it. @module */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { TacitError } from '../core/errors.js';
import type { Subject } from '../deployment/certificate.js';
import {
  type ComputingRole,
  checked,
  type Deployment,
  locate,
  readDeployment,
  readYaml,
} from '../deployment/deployment.js';
import { credentialsOf, type KeyPair, readCertificate, readKey } from '../deployment/keys.js';
import type { Address } from '../roles/options.js';
import type { Credentials } from '../transport/link.js';

const DEFAULT_TIMEOUT_S = 30;

/** A participant, and what it shows of itself. */
export interface Participant {
  readonly deployment: Deployment;
  /** By its certificate. */
  readonly subject: Subject;
  readonly pin: string;
  readonly keyPair: KeyPair;
  readonly credentials: Credentials;
  /** How long to wait for another; default 30 s. */
  readonly timeoutMs: number;
}

/** One that serves. */
export interface ServiceConfig extends Participant {
  readonly listen: Address;
  /** The folder of models and bundles. */
  readonly store: string;
  readonly threads?: number | undefined;
}

/** Paths of the deployment file, of the own key and of its certificate. */
export interface ParticipantFiles {
  readonly deployment: string;
  readonly key: string;
  readonly certificate: string;
}

interface ConfigFile extends ParticipantFiles {
  /** HOST:PORT; default the address that the deployment has for the role. */
  readonly listen?: string | undefined;
  readonly store: string;
  readonly threads?: number | undefined;
  readonly timeoutSeconds: number;
}

const path: z.ZodString = z.string().min(1, 'expected a path');
const configSchema: z.ZodType<ConfigFile> = z.strictObject({
  deployment: path,
  key: path,
  certificate: path,
  listen: z
    .string()
    .regex(/^(?:\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'expected HOST:PORT')
    .optional(),
  store: path,
  threads: z.int().min(1).max(64).optional(),
  timeoutSeconds: z.number().positive().max(86_400).default(DEFAULT_TIMEOUT_S),
});

/**
 * Reads who a participant is.
 * @throws TacitError BAD_CONFIG, KEY_EXPOSED; as `identify` where the deployment does not know the certificate
 */
export function readParticipant(files: ParticipantFiles, timeoutMs: number = DEFAULT_TIMEOUT_S * 1000): Participant {
  const deployment = readDeployment(files.deployment);
  const { pem: certificate, subject, pin, der } = readCertificate(files.certificate);
  const keyPair = { key: readKey(files.key), certificate };
  const credentials = credentialsOf(deployment, keyPair);
  // what others would find out
  credentials.identify(der);
  return { deployment, subject, pin, keyPair, credentials, timeoutMs };
}

/** Reads the file of a party or of a dealer. @throws as `readParticipant`; ROLE_MISMATCH where the certificate is of another role */
export function readConfig(file: string, roles: readonly ComputingRole[]): ServiceConfig {
  const { deployment, key, certificate, listen, store, threads, timeoutSeconds } = checked(
    configSchema,
    readYaml(file),
    file,
  );
  const beside = (name: string): string => resolve(dirname(file), name);
  const participant = readParticipant(
    { deployment: beside(deployment), key: beside(key), certificate: beside(certificate) },
    1000 * timeoutSeconds,
  );
  const role = roles.find((wanted) => wanted === participant.subject.role);
  if (role === undefined) {
    throw new TacitError(
      'ROLE_MISMATCH',
      `${file}, certificate: expected one of ${roles.join(' or ')}, got one of ${participant.subject.role}`,
    );
  }
  const [, host, port] = /^(.*):(\d+)$/.exec(listen ?? locate(participant.deployment, role).address)!;
  const address = { host: host!.replace(/^\[|\]$/g, ''), port: Number(port) };
  return { ...participant, listen: address, store: beside(store), threads };
}
