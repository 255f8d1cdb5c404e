/** Every failure that a user or a peer can cause carries one of these stable codes. @module */
import { oneLine } from './text.js';

export const ERROR_CODES = {
  // the call was wrong: exit code 2
  USAGE: 'a flag or argument is missing, unknown or malformed, or names a file that cannot be read or written',
  UNKNOWN_MODEL: 'the model is neither a file nor a name of the zoo',
  // the input or the model is at fault: exit code 1
  BAD_INPUT: 'an input, an output, a store or an address cannot be used, or has the wrong content',
  BAD_SHAPE: 'a tensor has the wrong shape',
  BAD_VALUE: 'a value is not finite or lies outside the declared range',
  BAD_MODEL: 'the model file is truncated, corrupt or inconsistent',
  UNSUPPORTED_LAYER: 'the model has a layer that Tacit cannot run',
  RANGE_OVERFLOW: 'a value could leave the ring or its proven width',
  PRECISION: 'no scales hold the tolerance of the outputs against the float network',
  HE_PARAMETERS: 'a linear step needs ring LWE beyond what has 128 bits of security here',
  BAD_CONFIG: 'a deployment or configuration file is not what it has to be',
  // the environment is at fault: exit code 1
  MISSING_PACKAGE: 'a package that the command needs is not installed',
  PORT_TAKEN: 'the port to listen on is in use',
  OUT_OF_MEMORY: 'the kernel memory is exhausted',
  STORE_FULL: 'there is no room on the disk for what is to be stored',
  STORE_CORRUPT: 'what is stored fails its checksum, or is not of this store',
  STORE_IN_USE: 'another process works with the bundle store',
  KEY_EXPOSED: 'a key file can be read by others than its owner',
  // the peer is at fault or gone: the session ends on every party, exit code 1
  VERSION_MISMATCH: 'the peer speaks another protocol version',
  ROLE_MISMATCH: 'the peer has a role that this party did not expect',
  ROLE_TAKEN: 'the peer has a role that another one has already',
  PLAN_MISMATCH: 'the peer runs another plan',
  TRUST_MISMATCH: 'the peer assumes another trust model',
  SESSION_MISMATCH: 'the peer belongs to another session',
  DEPLOYMENT_MISMATCH: 'the certificate is of another deployment',
  CERTIFICATE_UNKNOWN: 'there is no certificate, or it names no participant of the deployment',
  CERTIFICATE_WRONG: 'the certificate is not the one that the deployment has for its role',
  CERTIFICATE_EXPIRED: 'the certificate is not valid yet, or not any more',
  CERTIFICATE_REVOKED: 'the deployment has revoked the certificate',
  BAD_CARD: "a model card is not its owner's, or not of this deployment and version",
  NOT_SHARED: 'no model of this name was shared with the deployment',
  ALREADY_SHARED: 'the model was shared in this version before',
  BUNDLE_MISMATCH: 'the parties disagree on the bundle, or it was spent before',
  SESSION_EXHAUSTED: 'one session has made as many bundles as its keys may serve',
  STORE_ROLLED_BACK: "a party's bundle store was restored from an older copy",
  RANGE_WRAPPED: 'a value left the width that calibration inputs gave it: the result is wrong',
  BAD_FRAME: 'the peer sent a frame of the wrong kind, step or length',
  PEER_GONE: 'the connection to a peer closed in the middle of the session',
  PEER_TIMEOUT: 'a peer did not answer in time',
  PEER_FAILED: 'a peer ended the session with an error of its own',
  PARTY_DIED: 'a party process ended before its work was done',
  INTERRUPTED: 'the run was interrupted',
  INTERNAL: 'a fault of Tacit itself',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Failures between peers: what was expected and what came concerns both. */
const BETWEEN_PEERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'VERSION_MISMATCH',
  'ROLE_MISMATCH',
  'ROLE_TAKEN',
  'PLAN_MISMATCH',
  'TRUST_MISMATCH',
  'SESSION_MISMATCH',
  'DEPLOYMENT_MISMATCH',
  'CERTIFICATE_UNKNOWN',
  'CERTIFICATE_WRONG',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_REVOKED',
  'BAD_CARD',
  'NOT_SHARED',
  'ALREADY_SHARED',
  'BUNDLE_MISMATCH',
  'SESSION_EXHAUSTED',
  'STORE_ROLLED_BACK',
  'BAD_FRAME',
  'PEER_GONE',
  'PEER_TIMEOUT',
  'PEER_FAILED',
]);

/** What a peer is told of a failure: its code, and the message of one between peers. What failed at home (memory, disk, a fault of ours) stays there. */
export function tellable({ code, message }: TacitError): { readonly code: ErrorCode; readonly message?: string } {
  return BETWEEN_PEERS.has(code) ? { code, message } : { code };
}

/** What happened in a form that programs act on: numbers and public names, never a secret. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

export interface TacitErrorOptions extends ErrorOptions {
  readonly facts?: ErrorFacts;
}

/**
 * An error with a stable code and a message of one line: `<expected>, <came>`. What to do about it stands in a sentence after that
 * where it does not depend on the program around the library; advice that names flags is the command line's (parties/cli/advice.ts).
 * Never holds a secret.
 */
export class TacitError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, { facts = {}, ...options }: TacitErrorOptions = {}) {
    // names in it may come from a file or a peer
    super(oneLine(message), options);
    this.name = 'TacitError';
    this.code = code;
    this.facts = facts;
  }
}

/** A fault of the peer: it ends the session. */
export class ProtocolError extends TacitError {
  constructor(code: ErrorCode, message: string, options?: TacitErrorOptions) {
    super(code, message, options);
    this.name = 'ProtocolError';
  }
}

/** The code of any thrown value; what is not a TacitError is a fault of ours. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof TacitError ? error.code : 'INTERNAL';
}
