/**
 * Connections on which both ends show certificates: TLS 1.3 (RFC 8446). That an end holds the key of its certificate is OpenSSL's to check; whose the
 * certificate is, the deployment's (`Credentials.identify`): no public authority and no name of a host has a say.
 * @module
 */
import { connect, type SecureVersion, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Credentials, DialOptions, Security } from './link.js';

const VERSION: SecureVersion = 'TLSv1.3';
const EXPORTED_BYTES = 32;

/** Of either end: the far end has to show a certificate, and it is not refused before it was looked at. */
export const SECURE: Pick<TlsOptions, 'minVersion' | 'maxVersion' | 'requestCert' | 'rejectUnauthorized'> = {
  minVersion: VERSION,
  maxVersion: VERSION,
  requestCert: true,
  rejectUnauthorized: false,
};

/** Who is at the far end. @throws ProtocolError as `identify` */
export function securityOf(socket: TLSSocket, { identify }: Credentials): Security {
  const peer = identify(socket.getPeerX509Certificate()?.raw);
  return { peer, exported: (label) => socket.exportKeyingMaterial(EXPORTED_BYTES, label, Buffer.alloc(0)) };
}

/** Connects to the host and port of `url`. Nothing has been sent when the far end's certificate is refused. */
export function connectSecurely(
  url: string,
  credentials: Credentials,
  { patienceMs, signal }: Pick<DialOptions, 'patienceMs' | 'signal'>,
): Promise<{ socket: TLSSocket; security: Security }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...SECURE,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || '443'),
      key: credentials.key,
      cert: credentials.certificate,
      checkServerIdentity: () => undefined,
    });
    const give = (why: string): void => void socket.destroy(new Error(why));
    const abort = (): void => give('given up');
    const timer = setTimeout(() => give(`no answer within ${Math.round(patienceMs)} ms`), patienceMs);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      settle();
      try {
        const security = securityOf(socket, credentials);
        socket.off('error', failed);
        resolve({ socket, security });
      } catch (error) {
        reject(error);
        socket.destroy();
      }
    });
  });
}
