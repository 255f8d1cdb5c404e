/** Keys and certificates in files: P-256, self-signed, pinned by the deployment file. A key is for its owner alone. @module */
import { webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TacitError } from '../core/errors.js';
import { printable } from '../core/text.js';
import type { Credentials } from '../transport/link.js';
import { identify, pinOf, type Subject, subjectOf, subjectUri } from './certificate.js';
import type { Deployment } from './deployment.js';

const KEY_MODE = 0o600;
/** Permissions of the group and of others. */
const OTHERS = 0o077;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
export const DEFAULT_DAYS = 397;
const DAY_MS = 86_400_000;
/** Clocks differ. */
const EARLIER_MS = 300_000;

/** A key and its certificate, PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A fresh key with a certificate that names its holder. @param days that it is valid from `now` on, ms */
export async function makeKey(
  subject: Subject,
  days: number = DEFAULT_DAYS,
  now: number = Date.now(),
): Promise<KeyPair> {
  // the library wants its reflection first
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=tacit ${subject.deployment} ${subject.name}`,
    notBefore: new Date(now - EARLIER_MS),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subjectUri(subject) }]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), certificate: certificate.toString('pem') };
}

/** What the files of a holder are called: `party0`, `client-alice`. */
export function fileStem({ role, name }: Subject): string {
  return role === 'client' ? `client-${name}` : role;
}

/** Writes `STEM.key`, for its owner alone, and `STEM.pem`. @throws TacitError BAD_CONFIG where one is there already */
export function writeKey(
  folder: string,
  subject: Subject,
  { key, certificate }: KeyPair,
): { key: string; certificate: string } {
  const paths = {
    key: join(folder, `${fileStem(subject)}.key`),
    certificate: join(folder, `${fileStem(subject)}.pem`),
  };
  for (const path of Object.values(paths)) {
    if (existsSync(path)) {
      throw new TacitError('BAD_CONFIG', `expected no ${path}, there is one. Remove it, or choose another folder`);
    }
  }
  writeFileSync(paths.key, key, { mode: KEY_MODE, flag: 'wx' });
  writeFileSync(paths.certificate, certificate, { flag: 'wx' });
  return paths;
}

/** @throws TacitError KEY_EXPOSED where others than its owner can read it, BAD_CONFIG where it cannot be read */
export function readKey(path: string): string {
  const mode = onFile(path, () => statSync(path).mode & 0o777);
  if ((mode & OTHERS) !== 0 && process.platform !== 'win32') {
    const has = `expected the key ${path} to be its owner's alone (mode 600), got mode ${mode.toString(8)}`;
    throw new TacitError('KEY_EXPOSED', `${has}. Run chmod 600 ${path}`);
  }
  return onFile(path, () => readFileSync(path, 'utf8'));
}

/** A certificate and what it says. @throws TacitError BAD_CONFIG */
export function readCertificate(path: string): { pem: string; der: Uint8Array; subject: Subject; pin: string } {
  const pem = onFile(path, () => readFileSync(path, 'utf8'));
  const parsed = onFile(path, () => new X509Certificate(pem));
  const subject = subjectOf(parsed);
  if (subject) return { pem, der: parsed.raw, subject, pin: pinOf(parsed.raw) };
  throw new TacitError('BAD_CONFIG', `expected ${path} to be a certificate of tacit keygen, got another`);
}

/** What a participant of a deployment shows of itself, and by which it knows the others. */
export function credentialsOf(deployment: Deployment, { key, certificate }: KeyPair): Credentials {
  return { key, certificate, identify: (shown) => identify(deployment, shown) };
}

function onFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const words = printable(error instanceof Error ? error.message : String(error));
    throw new TacitError('BAD_CONFIG', `expected to read ${path}, got ${words}`, { cause: error });
  }
}
