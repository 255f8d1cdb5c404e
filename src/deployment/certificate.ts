/**
 * Whom a certificate is of. It names deployment and role in its one alternative name, a URI (RFC 5280, section 4.2.1.6): tacit://DEPLOYMENT/ROLE, of a
 * client tacit://DEPLOYMENT/client/NAME. What it says counts where the deployment pins it.
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import { type ErrorCode, ProtocolError } from '../core/errors.js';
import type { Certified } from '../transport/link.js';
import { computingRoles, type Deployment, locate } from './deployment.js';

const SUBJECT = /^URI:tacit:\/\/([a-z0-9.-]{1,63})\/(?:(party[0-2]|dealer|owner)|client\/([a-z0-9.-]{1,63}))$/;

/** What a certificate says of its holder. */
export interface Subject {
  readonly deployment: string;
  readonly role: string;
  /** Of a client; the role of all others. */
  readonly name: string;
}

/** The alternative name of a certificate. */
export function subjectUri({ deployment, role, name }: Subject): string {
  return `tacit://${deployment}/${role === 'client' ? `client/${name}` : role}`;
}

/** undefined where it says nothing that a deployment has. */
export function subjectOf({ subjectAltName }: X509Certificate): Subject | undefined {
  const found = SUBJECT.exec(subjectAltName ?? '');
  if (!found) return undefined;
  const [, deployment, role, client] = found;
  return { deployment: deployment!, role: role ?? 'client', name: role ?? client! };
}

/** The digest by which a deployment file names a certificate. */
export function pinOf(certificate: Uint8Array): string {
  return `sha256:${createHash('sha256').update(certificate).digest('hex')}`;
}

/**
 * Who holds a certificate, by what the deployment says of it.
 * @param certificate DER; undefined where none was shown @param now ms
 * @throws ProtocolError CERTIFICATE_UNKNOWN, DEPLOYMENT_MISMATCH, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, CERTIFICATE_WRONG
 */
export function identify(
  deployment: Deployment,
  certificate: Uint8Array | undefined,
  now: number = Date.now(),
): Certified {
  const parsed = certificate && x509(certificate);
  const subject = parsed && subjectOf(parsed);
  if (!parsed || !subject) {
    throw refusal('CERTIFICATE_UNKNOWN', 'a certificate of a participant', parsed ? 'another' : 'none');
  }
  const pin = pinOf(parsed.raw);
  const { role, name } = subject;
  if (subject.deployment !== deployment.deployment) {
    throw refusal('DEPLOYMENT_MISMATCH', `one of deployment ${deployment.deployment}`, `one of ${subject.deployment}`);
  }
  if (deployment.revoked.includes(pin)) throw refusal('CERTIFICATE_REVOKED', 'one in use', `a revoked one of ${name}`);
  if (now < Date.parse(parsed.validFrom) || now > Date.parse(parsed.validTo)) {
    const span = `one from ${parsed.validFrom} to ${parsed.validTo}`;
    throw refusal('CERTIFICATE_EXPIRED', 'one that is valid now', `${span} of ${name}`);
  }
  const known = pinFor(deployment, subject);
  if (known === undefined) throw refusal('CERTIFICATE_UNKNOWN', 'one of a participant', `one of ${role} ${name}`);
  if (known !== pin) throw refusal('CERTIFICATE_WRONG', `${known} of ${name}`, pin);
  return { role, name, pin };
}

function x509(certificate: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

/** The one certificate that a participant has. */
function pinFor(deployment: Deployment, { role, name }: Subject): string | undefined {
  if (role === 'client') return deployment.clients.find((client) => client.name === name)?.pin;
  if (role === 'owner') return deployment.owner.pin;
  const computing = computingRoles(deployment).find((other) => other === role);
  return computing && locate(deployment, computing).pin;
}

function refusal(code: ErrorCode, expected: string, came: string): ProtocolError {
  return new ProtocolError(code, `certificate: expected ${expected}, got ${came}`);
}
