/** How an HTTP connection becomes a WebSocket (RFC 6455, section 4), at both ends. No extensions, no subprotocols. @module */
import { createHash } from 'node:crypto';
import { type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ERROR_CODES, type ErrorCode, ProtocolError } from '../core/errors.js';
import { secretBytes } from '../platform/random.js';
import type { DialOptions, Security } from './link.js';
import { connectSecurely } from './tls.js';

/** Section 1.3: no secret, what shows that the far end speaks the protocol. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const VERSION = '13';
const KEY_BYTES = 16;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** A connection that is a WebSocket now, and what came on it already. */
export interface Upgraded {
  readonly socket: Socket;
  readonly head: Uint8Array;
  readonly security?: Security | undefined;
}

/** In an answer that turns a request down: the code of the error for it. */
const REFUSAL = 'tacit-refusal';

function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Answers a request to upgrade; false where it was turned down. */
export function acceptUpgrade({ method, headers }: IncomingMessage, socket: Duplex): boolean {
  const { upgrade, origin, 'sec-websocket-key': key, 'sec-websocket-version': version } = headers;
  // pages that a browser shows say where they come from; no party does
  if (origin) return refuse(socket, 401);
  if (version !== VERSION) return refuse(socket, 426, [`Sec-WebSocket-Version: ${VERSION}`]);
  if (method !== 'GET' || upgrade?.toLowerCase() !== 'websocket' || !key || !KEY.test(key)) return refuse(socket, 400);
  const answer = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${acceptOf(key)}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${answer.join('\r\n')}\r\n\r\n`);
  return true;
}

/** Turns a request down, and says for what. */
export function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  refuse(socket, 403, [`${REFUSAL}: ${code}`]);
}

function refuse(socket: Duplex, status: number, more: readonly string[] = []): false {
  const headers = ['Connection: close', 'Content-Length: 0', ...more];
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('\r\n')}\r\n\r\n`, () => socket.destroy());
  return false;
}

/**
 * Asks the far end of `url`, ws: or wss:, to upgrade. With credentials only once its certificate is known. Rejects where it does not within
 * patienceMs.
 */
export async function dialUpgrade(url: string, options: Omit<DialOptions, 'timeoutMs'>): Promise<Upgraded> {
  if (!options.credentials) return ask(url, options);
  const { socket, security } = await connectSecurely(url, options.credentials, options);
  return { ...(await ask(url, options, socket)), security };
}

/** @param over a connection that is there already */
function ask(
  url: string,
  { patienceMs, signal }: Pick<DialOptions, 'patienceMs' | 'signal'>,
  over?: Socket,
): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const key = Buffer.from(secretBytes(KEY_BYTES, 'websocket/key')).toString('base64');
    const request = (url.startsWith('wss:') ? requestHttps : requestHttp)(url.replace(/^ws/, 'http'), {
      ...(over ? { createConnection: () => over } : { agent: false }),
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Version': VERSION,
      },
    });
    const give = (why: string): void => void request.destroy(new Error(why));
    const abort = (): void => give('given up');
    const timer = setTimeout(() => give(`no answer within ${Math.round(patienceMs)} ms`), patienceMs);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    request.on('error', (error) => {
      settle();
      reject(error);
    });
    request.on('response', ({ statusCode, headers }) => {
      const code = headers[REFUSAL];
      if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code)) {
        return give(`answered ${statusCode} where it was asked to upgrade`);
      }
      const why = `expected ${url} to take this end in, it refused (${ERROR_CODES[code as ErrorCode]})`;
      request.destroy(new ProtocolError(code as ErrorCode, why, { facts: { toldBy: url } }));
    });
    request.on('upgrade', ({ headers }, socket, head) => {
      settle();
      const answers = headers['sec-websocket-accept'] === acceptOf(key) && !headers['sec-websocket-extensions'];
      if (answers && headers.upgrade?.toLowerCase() === 'websocket') return resolve({ socket: socket as Socket, head });
      socket.destroy();
      reject(new Error('answered as no WebSocket does'));
    });
    request.end();
  });
}
