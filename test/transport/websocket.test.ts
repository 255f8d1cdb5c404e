import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { dial } from '../../src/transport/dial.js';
import { MAX_FRAME } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { listen } from '../../src/transport/websocket.js';
import {
  type FrameError,
  FrameReader,
  frameHeaderBytes,
  OPCODE,
  type Opcode,
  writeFrameHeader,
} from '../../src/transport/websocket-frames.js';

const MOST = 100_000;

/** A frame as the far end writes it, whatever it likes. */
function frame(opcode: number, payload: Uint8Array, mask?: Uint8Array, final = true): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes(payload.length, mask !== undefined));
  writeFrameHeader(header, opcode as Opcode, payload.length, mask !== undefined);
  if (!final) header[0]! &= 0x7f;
  if (mask) header.set(mask, header.length - 4);
  return Buffer.concat([header, payload.map((byte, i) => byte ^ (mask?.[i & 3] ?? 0))]);
}

/** What a reader makes of a stream in pieces. */
function read(masked: boolean, pieces: readonly Uint8Array[]): string[] {
  const came: string[] = [];
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const reader = new FrameReader(masked, MOST, {
    message: (bytes) => came.push(`message ${hex(bytes)}`),
    ping: (bytes) => came.push(`ping ${hex(bytes)}`),
    pong: () => came.push('pong'),
    closed: (code) => came.push(`closed ${code}`),
  });
  for (const piece of pieces) {
    const once = piece.slice();
    reader.read(once);
    // as a released piece of the stream may come to hold anything
    once.fill(0xee);
  }
  return came;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

describe('a reader of frames', () => {
  it('gives messages whole, however they are masked, split into frames and cut', () => {
    const message = fc.record({
      parts: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      long: fc.boolean(),
      ping: fc.boolean(),
    });
    const masks = fc.oneof(fc.constant(new Uint8Array(4)), fc.uint8Array({ minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.option(masks, { nil: undefined }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (messages, mask, at) => {
          const frames: Uint8Array[] = [];
          const expected: string[] = [];
          for (const { parts, long, ping } of messages) {
            const payloads = long ? parts.map((part) => Buffer.concat([part, new Uint8Array(20_000)])) : parts;
            for (const [i, payload] of payloads.entries()) {
              // control frames may come between the parts of a message
              if (ping) {
                frames.push(frame(OPCODE.ping, Uint8Array.of(i), mask));
                expected.push(`ping 0${i}`);
              }
              const opcode = i === 0 ? OPCODE.binary : OPCODE.continuation;
              frames.push(frame(opcode, payload, mask, i === payloads.length - 1));
            }
            expected.push(`message ${Buffer.concat(payloads).toString('hex')}`);
          }
          expect(read(mask !== undefined, cut(Buffer.concat(frames), at))).toEqual(expected);
        },
      ),
    );
  });

  it('holds of messages in parts what they have, not what the largest could', () => {
    const buffers = new Set<ArrayBufferLike>();
    const ignore = (): void => {};
    const message = (bytes: Uint8Array): void => void buffers.add(bytes.buffer);
    const reader = new FrameReader(false, MOST, { message, ping: ignore, pong: ignore, closed: ignore });
    const parts = [
      frame(OPCODE.binary, Uint8Array.of(1), undefined, false),
      frame(OPCODE.continuation, Uint8Array.of(2)),
    ];
    for (let i = 0; i < 1000; i++) for (const part of parts) reader.read(part.slice());
    const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(held).toBeLessThan(10 * MOST);
  });

  it('tells of a close by its code', () => {
    expect(read(false, [frame(OPCODE.close, Uint8Array.of(3, 0xe8))])).toEqual(['closed 1000']);
    expect(read(false, [frame(OPCODE.close, new Uint8Array())])).toEqual(['closed 1005']);
    expect(read(false, [frame(OPCODE.pong, new Uint8Array(3))])).toEqual(['pong']);
  });

  const none = new Uint8Array();
  const reserved = frame(OPCODE.binary, none);
  reserved[0]! |= 0x40;
  const huge = frame(OPCODE.binary, new Uint8Array(2 ** 16));
  huge[2] = 0xff;
  it.each<readonly [string, boolean, Uint8Array, number]>([
    ['text', false, frame(OPCODE.text, none), 1003],
    ['a reserved bit', false, reserved, 1002],
    ['an opcode that there is not', false, frame(3, none), 1002],
    ['a control opcode that there is not', false, frame(11, none), 1002],
    ['a mask from the end that was dialled', false, frame(OPCODE.binary, none, new Uint8Array(4)), 1002],
    ['no mask from the end that dialled', true, frame(OPCODE.binary, none), 1002],
    ['a continuation of nothing', false, frame(OPCODE.continuation, none), 1002],
    [
      'a message within another',
      false,
      Buffer.concat([frame(OPCODE.binary, none, undefined, false), frame(OPCODE.binary, none)]),
      1002,
    ],
    ['a long control frame', false, frame(OPCODE.ping, new Uint8Array(126)), 1002],
    ['a control frame in parts', false, frame(OPCODE.ping, none, undefined, false), 1002],
    ['a message above the limit', false, frame(OPCODE.binary, new Uint8Array(MOST + 1)), 1009],
    ['a length of 64 bits', false, huge, 1009],
    [
      'parts above the limit',
      false,
      Buffer.concat([
        frame(OPCODE.binary, new Uint8Array(MOST), undefined, false),
        frame(OPCODE.continuation, new Uint8Array(1)),
      ]),
      1009,
    ],
  ])('refuses %s', (_, masked, bytes, code) => {
    const thrown = (): unknown => read(masked, [bytes]);
    expect(thrown).toThrow(expect.objectContaining({ closeCode: code }) as FrameError);
  });
});

interface Met {
  readonly link: Link;
  readonly socket: Socket;
  close(): void;
}

/** A far end that speaks by hand with an accepted link. */
async function meet(): Promise<Met> {
  let accept: (link: Link) => void = () => {};
  const arriving = new Promise<Link>((resolve) => {
    accept = resolve;
  });
  const listener = await listen('127.0.0.1', 0, (link) => accept(link));
  const socket = connect(listener.port, '127.0.0.1');
  const key = randomBytes(16).toString('base64');
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const link = await arriving;
  await answered;
  return { link, socket, close: () => listener.close() };
}

function bytesFrom(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => socket.once('data', resolve));
}

describe('an accepted link', () => {
  const mask = Uint8Array.of(1, 2, 3, 4);

  it('answers pings by what they hold, and a close by a close', async () => {
    const { link, socket, close } = await meet();
    const reason = new Promise<string>((resolve) => link.onClose(resolve));
    const pong = bytesFrom(socket);
    socket.write(frame(OPCODE.ping, Uint8Array.of(7, 8), mask));
    expect([...(await pong)]).toEqual([...frame(OPCODE.pong, Uint8Array.of(7, 8))]);
    const bye = bytesFrom(socket);
    const ended = new Promise((resolve) => socket.once('end', resolve));
    socket.write(frame(OPCODE.close, Uint8Array.of(3, 0xe8), mask));
    expect([...(await bye)]).toEqual([...frame(OPCODE.close, Uint8Array.of(3, 0xe8))]);
    expect(await reason).toBe('closed with code 1000');
    await ended;
    socket.destroy();
    close();
  });

  it('answers no more pings than there is room for, of a far end that reads nothing', async () => {
    const { link, socket, close } = await meet();
    socket.pause();
    const ping = frame(OPCODE.ping, new Uint8Array(125), mask);
    const pings = 400_000;
    const all = new Promise((resolve) => link.onMessage(resolve));
    for (let i = 0; i < 400; i++) socket.write(Buffer.concat(Array.from({ length: pings / 400 }, () => ping)));
    socket.write(frame(OPCODE.binary, Uint8Array.of(1), mask));
    await all;
    void link.send(Uint8Array.of(42));
    let came = 0;
    const last = new Promise<void>((resolve) => {
      socket.on('data', (bytes: Buffer) => {
        came += bytes.length;
        if (bytes.at(-1) === 42) resolve();
      });
    });
    socket.resume();
    await last;
    expect(came).toBeLessThan((pings * ping.length) / 2);
    link.close();
    socket.destroy();
    close();
  });

  it('tells the far end what was wrong, and hands over what came before', async () => {
    const { link, socket, close } = await meet();
    const came: number[] = [];
    link.onMessage((bytes) => came.push(bytes.length));
    const reason = new Promise<string>((resolve) => link.onClose(resolve));
    const told = bytesFrom(socket);
    socket.write(
      Buffer.concat([frame(OPCODE.binary, new Uint8Array(5), mask), frame(OPCODE.text, new Uint8Array(5), mask)]),
    );
    expect(await reason).toBe('sent text where binary frames were expected');
    expect(came).toEqual([5]);
    expect([...(await told)]).toEqual([...frame(OPCODE.close, Uint8Array.of(3, 0xeb))]);
    socket.destroy();
    close();
  });

  it('ends where the connection does', async () => {
    const { link, socket, close } = await meet();
    const reason = new Promise<string>((resolve) => link.onClose(resolve));
    socket.end();
    expect(await reason).toBe('closed with code 1006');
    close();
  });

  it('writes each message at once', async () => {
    const { link, socket, close } = await meet();
    for (const length of [0, 125, 126, 4000]) {
      const came = bytesFrom(socket);
      const payload = new Uint8Array(randomBytes(length));
      expect(link.send(payload)).toBeUndefined();
      expect(Buffer.compare(await came, frame(OPCODE.binary, payload))).toBe(0);
    }
    link.close();
    socket.destroy();
    close();
  });

  it('lets its sender wait while a far end reads nothing', async () => {
    const { link, socket, close } = await meet();
    socket.pause();
    const room = new Uint8Array(MAX_FRAME);
    let waits = 0;
    let done = 0;
    let last: Promise<void> | undefined;
    while (waits < 20 && done < 200) {
      last = link.send(room, () => done++);
      const turned = new Promise((resolve) => setTimeout(() => resolve('waits'), 5));
      if ((await Promise.race([last, turned])) === 'waits') waits++;
    }
    expect(waits).toBe(20);
    socket.resume();
    await last;
    socket.destroy();
    close();
  });
});

describe('the handshake', () => {
  it.each<readonly [string, string, number]>([
    ['another version', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8', 426],
    ['no key', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13', 400],
    ['no upgrade', 'Accept: text/html', 426],
    ['an upgrade to something else', 'Connection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 13', 400],
  ])('turns down a request with %s', async (_, headers, status) => {
    const listener = await listen('127.0.0.1', 0, () => {
      throw new Error('accepted');
    });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`);
    expect((await bytesFrom(socket)).toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
    listener.close();
  });

  it.each([
    ['of no WebSocket', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    [
      'to another key',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
    ],
    ['of nothing', ''],
  ])('takes no answer %s', async (_, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(answer));
    });
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    await expect(dial(`ws://127.0.0.1:${port}`, 200)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
    server.close();
  });

  it('is that of other WebSockets', async () => {
    let accept: (link: Link) => void = () => {};
    const arriving = new Promise<Link>((resolve) => {
      accept = resolve;
    });
    const listener = await listen('127.0.0.1', 0, (link) => accept(link));
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/any/path?and=query`);
    await new Promise((resolve) => socket.once('open', resolve));
    const link = await arriving;
    const got = new Promise<Uint8Array>((resolve) => link.onMessage(resolve));
    const sent = randomBytes(300_000);
    socket.send(sent.subarray(0, 100_000), { fin: false });
    socket.send(sent.subarray(100_000), { fin: true });
    expect(Buffer.compare(await got, sent)).toBe(0);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    link.close();
    expect(await closed).toBe(1000);
    listener.close();
  });
});
