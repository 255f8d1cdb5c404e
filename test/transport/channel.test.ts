import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { codeOf, ProtocolError, TacitError } from '../../src/core/errors.js';
import { Channel, MAX_GREETING, MAX_LANES } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameType,
  framedBytes,
  HEADER_BYTES,
  MAX_PAYLOAD,
} from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { encodeMessage } from '../../src/transport/message.js';
import { shapeLink } from '../../src/transport/shape.js';
import { listen } from '../../src/transport/websocket.js';

async function sockets(): Promise<{ left: Link; right: Link; close(): void }> {
  let accepted: (link: Link) => void = () => {};
  const arriving = new Promise<Link>((resolve) => {
    accepted = resolve;
  });
  const listener = await listen('127.0.0.1', 0, accepted);
  const left = await dial(`ws://127.0.0.1:${listener.port}`, 10_000);
  return { left, right: await arriving, close: () => listener.close() };
}

const kinds = {
  memory: async () => {
    const [left, right] = memoryLinks();
    return { left, right, close: () => {} };
  },
  websocket: sockets,
};

function channels(left: Link, right: Link, timeoutMs = 2000): [Channel, Channel] {
  return [new Channel(left, { peer: 'right', timeoutMs }), new Channel(right, { peer: 'left', timeoutMs })];
}

/** Far more than a channel holds for a lane that is not read. */
const FRAMES = 48;

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function codeOfRejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing',
    (error: unknown) => codeOf(error),
  );
}

for (const [kind, make] of Object.entries(kinds)) {
  describe(`a channel over ${kind}`, () => {
    it('carries bytes of any length, counted to the byte, in lanes that do not wait for each other', async () => {
      const { left, right, close } = await make();
      const [a, b] = channels(left, right);
      const lengths = [0, 1, 1000, MAX_PAYLOAD, MAX_PAYLOAD + 1, 3 * MAX_PAYLOAD + 7];
      for (const bundle of [1, 0]) {
        for (const [step, length] of lengths.entries()) {
          const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + bundle) & 255);
          await a.lane('offline', bundle).send(step, bytes);
        }
      }
      for (const bundle of [0, 1]) {
        for (const [step, length] of lengths.entries()) {
          const got = await b.lane('offline', bundle).receive(step, length);
          expect(got.length).toBe(length);
          expect(got.every((byte, i) => byte === ((i * 31 + bundle) & 255))).toBe(true);
        }
        const expected = lengths.reduce((sum, length) => sum + framedBytes(length), 0);
        expect(a.lane('offline', bundle).count.sentBytes).toBe(expected);
        expect(b.lane('offline', bundle).count.receivedBytes).toBe(expected);
      }
      a.finish();
      b.finish();
      close();
    });

    it('gives words as they were sent, however small frames fall in the stream', async () => {
      const { left, right, close } = await make();
      const [a, b] = channels(left, right);
      for (let step = 0; step < 50; step++) {
        void a.lane('online', 0).send(step, new Uint8Array(1 + (step % 5)));
        void a.lane('online', 1).send(step, new Uint8Array(new Uint32Array([step, 7 * step, 0xffffffff]).buffer));
      }
      for (let step = 0; step < 50; step++) {
        expect([...(await b.lane('online', 1).receiveWords(step, 3))]).toEqual([step, 7 * step, 0xffffffff]);
      }
      a.finish();
      b.finish();
      close();
    });

    it('lets in little more than is asked for, without one lane holding up another', async () => {
      const { left, right, close } = await make();
      const [a, b] = channels(left, right);
      // the clock stands still, so that no pause ends by itself
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const unread = b.lane('offline', 0);
      const received = (): number => unread.count.receivedBytes / MAX_PAYLOAD;
      const sending = a.lane('offline', 0).send(7, new Uint8Array(FRAMES * MAX_PAYLOAD));
      await turns(2000);
      expect(received()).toBeGreaterThan(8);
      expect(received()).toBeLessThan(FRAMES / 2);
      // a little comes in time, whatever happens
      const before = received();
      for (let i = 0; i < 4; i++) {
        vi.advanceTimersByTime(1000);
        await turns(100);
      }
      expect(received()).toBeGreaterThan(before);
      expect(received()).toBeLessThan(FRAMES);
      // and more where anything waits: a receive on a lane behind it, a send of this end
      const other = b.lane('online', 0).receive(0, 1);
      void a.lane('online', 0).send(0, new Uint8Array(1));
      await Promise.all([b.lane('online', 1).send(0, new Uint8Array(1)), other]);
      const bytes = await unread.receive(7, FRAMES * MAX_PAYLOAD);
      expect(bytes.length).toBe(FRAMES * MAX_PAYLOAD);
      await sending;
      vi.useRealTimers();
      a.finish();
      b.finish();
      close();
    });

    it('does not come to a standstill where both ends send much before they receive', async () => {
      const { left, right, close } = await make();
      const much = new Uint8Array(FRAMES * MAX_PAYLOAD);
      const both = channels(left, right).map(async (channel) => {
        await channel.lane('setup', 0).send(0, much);
        await channel.lane('setup', 0).receive(0, much.length);
        return channel;
      });
      for (const channel of await Promise.all(both)) channel.finish();
      close();
    });

    it('measures rounds as the longest chain of messages', async () => {
      const { left, right, close } = await make();
      const [a, b] = channels(left, right);
      const [x, y] = [a.lane('online', 0), b.lane('online', 0)];
      await x.send(0, new Uint8Array(1));
      await y.send(0, new Uint8Array(1)); // at the same time as the first
      await x.receive(0, 1);
      await y.receive(0, 1);
      await y.send(1, new Uint8Array(1));
      await y.send(1, new Uint8Array(1)); // together with it
      await x.receive(1, 1);
      await x.receive(1, 1);
      await x.send(2, new Uint8Array(1));
      await y.receive(2, 1);
      expect([x.count.rounds, y.count.rounds]).toEqual([3, 3]);
      a.finish();
      b.finish();
      close();
    });

    it('refuses a frame of the wrong step or length, on both sides', async () => {
      for (const [step, length] of [
        [1, 8],
        [0, 7],
        [0, 9],
      ] as const) {
        const { left, right, close } = await make();
        const [a, b] = channels(left, right);
        await a.lane('online', 0).send(step, new Uint8Array(length));
        const error = await b
          .lane('online', 0)
          .receive(0, 8)
          .catch((e: unknown) => e);
        expect(codeOf(error)).toBe('BAD_FRAME');
        b.fail(error as never);
        expect(await codeOfRejection(a.lane('online', 0).receive(0, 1))).toBe('BAD_FRAME');
        close();
      }
    });

    it('ends with PEER_TIMEOUT on silence and PEER_GONE on a closed link', async () => {
      const { left, right, close } = await make();
      const [a, b] = channels(left, right, 50);
      expect(await codeOfRejection(b.lane('online', 0).receive(0, 1))).toBe('PEER_TIMEOUT');
      expect(await codeOfRejection(a.lane('online', 0).receive(0, 1))).toBe('PEER_TIMEOUT');
      close();
      const second = await make();
      const [c, d] = channels(second.left, second.right);
      const waiting = codeOfRejection(d.lane('online', 0).receive(0, 1));
      c.finish();
      expect(await waiting).toBe('PEER_GONE');
      second.close();
    });

    it('refuses garbage, replayed frames and unknown types', async () => {
      const good = (sequence: number): Uint8Array<ArrayBuffer> =>
        encodeFrame({
          type: FrameType.data,
          phase: 'online',
          depth: 1,
          bundle: 0,
          step: 0,
          sequence,
          payload: new Uint8Array(4),
        });
      const badType = good(0);
      badType[0] = 9;
      const badPhase = good(0);
      badPhase[1] = 77;
      for (const frames of [[new Uint8Array(3)], [badType], [badPhase], [good(0), good(0)], [good(1)]]) {
        const { left, right, close } = await make();
        const b = new Channel(right, { peer: 'left', timeoutMs: 30_000 });
        const failed = new Promise<string>((resolve) => b.onFailure((error) => resolve(error.code)));
        for (const frame of frames) await left.send(frame);
        expect(await failed).toBe('BAD_FRAME');
        close();
      }
    });
  });
}

describe('the WebSocket link', () => {
  it('refuses web pages, which say where they come from', async () => {
    const listener = await listen('127.0.0.1', 0, () => {});
    const page = new WebSocket(`ws://127.0.0.1:${listener.port}`, { origin: 'https://example.org' });
    const message = await new Promise<string>((resolve) => {
      page.once('error', (error) => resolve(error.message));
      page.once('open', () => resolve('open'));
    });
    expect(message).toMatch(/401/);
    listener.close();
  });

  it('says PORT_TAKEN, and PEER_TIMEOUT where no party listens', async () => {
    const listener = await listen('127.0.0.1', 0, () => {});
    await expect(listen('127.0.0.1', listener.port, () => {})).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    const { port } = listener;
    listener.close();
    await expect(dial(`ws://127.0.0.1:${port}`, 100)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
  });

  it('is not what an address of another scheme names', async () => {
    for (const url of ['http://127.0.0.1:1', '127.0.0.1:1', '']) {
      await expect(dial(url, 100)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    }
  });

  it('drops a peer whose message is larger than a frame may be', async () => {
    const { left, right, close } = await sockets();
    const b = new Channel(right, { peer: 'left', timeoutMs: 30_000 });
    const failed = new Promise<string>((resolve) => b.onFailure((error) => resolve(error.code)));
    await left.send(new Uint8Array(HEADER_BYTES + MAX_PAYLOAD + 1));
    expect(await failed).toBe('PEER_GONE');
    close();
  });
});

describe('a shaped link', () => {
  it('delivers in order and not before its latency and rate allow', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const [left, right] = memoryLinks();
    // 40 ms there, 8 Mbit/s = 1,000 bytes a ms
    const shaped = shapeLink(left, { name: 'test', roundTripMs: 80, megabits: 8 });
    const arrivals: { at: number; first: number }[] = [];
    const start = performance.now();
    right.onMessage((bytes) => arrivals.push({ at: performance.now() - start, first: bytes[0]! }));
    void (async () => {
      for (const first of [1, 2, 3]) await shaped.send(new Uint8Array(20_000).fill(first));
    })();
    for (let ms = 0; arrivals.length < 3 && ms < 1000; ms++) {
      vi.advanceTimersByTime(1);
      await turns(2);
    }
    vi.useRealTimers();
    expect(arrivals.map(({ first }) => first)).toEqual([1, 2, 3]);
    for (const [i, { at }] of arrivals.entries()) {
      expect(at).toBeGreaterThanOrEqual(40 + 20 * (i + 1));
      expect(at).toBeLessThanOrEqual(40 + 20 * (i + 1) + 2);
    }
  });

  it('is no obstacle to the news that the session failed', async () => {
    const [left, right] = memoryLinks();
    const [a, b] = channels(left, right);
    // a second for a kilobyte, a minute for what is under way
    a.shape({ name: 'slow', roundTripMs: 1000, megabits: 0.008 });
    void a.lane('online', 0).send(0, new Uint8Array(60_000));
    a.fail(new TacitError('RANGE_OVERFLOW', 'expected less, got more. Stop'));
    expect(await codeOfRejection(b.lane('online', 0).receive(0, 60_000))).toBe('RANGE_OVERFLOW');
  });
});

/** A frame of eight bytes, the first of its lane, with these changes. */
function frameWith(changes: Partial<Frame>): Uint8Array<ArrayBuffer> {
  return encodeFrame({
    type: FrameType.data,
    phase: 'control',
    depth: 1,
    bundle: 0,
    step: 0,
    sequence: 0,
    payload: new Uint8Array(8),
    ...changes,
  });
}

describe('a frame', () => {
  it('is written where its room is, and nowhere else', () => {
    const memory = new Uint8Array(4 * HEADER_BYTES).fill(0xee);
    const frame = { type: FrameType.data, phase: 'online', depth: 1, bundle: 2, step: 3, sequence: 4 } as const;
    const payload = new Uint8Array([5, 6]);
    const bytes = encodeFrame({ ...frame, payload }, memory.subarray(HEADER_BYTES));
    expect(decodeFrame(bytes)).toEqual({ ...frame, payload });
    for (const around of [memory.subarray(0, HEADER_BYTES), memory.subarray(2 * HEADER_BYTES + 2)]) {
      expect(new Set(around)).toEqual(new Set([0xee]));
    }
  });

  it('has a whole header, also where other bytes lie behind it', () => {
    const room = new Uint8Array(2 * HEADER_BYTES);
    room.set(frameWith({ payload: new Uint8Array() }));
    expect(decodeFrame(room.subarray(0, HEADER_BYTES)).payload.length).toBe(0);
    expect(() => decodeFrame(room.subarray(0, HEADER_BYTES - 1))).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
  });
});

describe('a stranger', () => {
  async function failureAfter(frame: Uint8Array<ArrayBuffer>): Promise<string> {
    const [left, right] = memoryLinks();
    const channel = new Channel(right, { peer: 'a stranger', stranger: true });
    await left.send(frame);
    await turns(2);
    return channel.failure === undefined ? 'let in' : codeOf(channel.failure);
  }

  it.each<readonly [string, Partial<Frame>, string]>([
    ['a greeting', {}, 'let in'],
    ['one as long as may be', { payload: new Uint8Array(MAX_GREETING) }, 'let in'],
    ['a longer one', { payload: new Uint8Array(MAX_GREETING + 1) }, 'BAD_FRAME'],
    ['a frame of another phase', { phase: 'online' }, 'BAD_FRAME'],
    ['a frame of a bundle', { bundle: 1 }, 'BAD_FRAME'],
  ])('that sends %s', async (_, changes, outcome) => {
    expect(await failureAfter(frameWith({ type: FrameType.message, ...changes }))).toBe(outcome);
  });
});

describe('lanes', () => {
  it('take no message for bytes, and no bytes for a message', async () => {
    for (const type of [FrameType.message, FrameType.data]) {
      const [left, right] = memoryLinks();
      const lane = new Channel(right, { peer: 'left' }).lane('control', 0);
      await left.send(frameWith({ type }));
      const received = type === FrameType.message ? lane.receive(0, 8) : lane.receiveMessage();
      expect(await codeOfRejection(received)).toBe('BAD_FRAME');
    }
  });

  it('have one reader, which a second does not take the place of', async () => {
    const [left, right] = memoryLinks();
    const [a, b] = channels(left, right);
    const first = b.lane('online', 0).receive(0, 1);
    await expect(b.lane('online', 0).receive(0, 1)).rejects.toThrow('two receives at once');
    await a.lane('online', 0).send(0, new Uint8Array([7]));
    expect([...(await first)]).toEqual([7]);
  });

  it('are as many as the limit says, and one more ends the session', async () => {
    const [left, right] = memoryLinks();
    const [a, b] = channels(left, right);
    for (let bundle = 0; bundle < MAX_LANES; bundle++) await a.lane('offline', bundle).send(0, new Uint8Array(1));
    await b.lane('offline', MAX_LANES - 1).receive(0, 1);
    expect(b.failure).toBeUndefined();
    const told = new Promise<TacitError>((resolve) => a.onFailure(resolve));
    await a.lane('offline', MAX_LANES).send(0, new Uint8Array(1));
    expect(await told).toMatchObject({ code: 'BAD_FRAME', message: expect.stringContaining(`at most ${MAX_LANES}`) });
    expect(codeOf(b.failure)).toBe('BAD_FRAME');
  });

  it('that are closed make room', async () => {
    const [left, right] = memoryLinks();
    const [a, b] = channels(left, right);
    for (let bundle = 0; bundle <= MAX_LANES; bundle++) {
      await a.lane('offline', bundle).send(0, new Uint8Array(1));
      const lane = b.lane('offline', bundle);
      await lane.receive(0, 1);
      b.closeLane(lane);
    }
    expect(b.failure).toBeUndefined();
  });
});

describe('dialling', () => {
  it('leaves nothing behind of attempts that met no party', async () => {
    const listener = await listen('127.0.0.1', 0, () => {});
    listener.close();
    const { signal } = new AbortController();
    await expect(dial(`ws://127.0.0.1:${listener.port}`, 0, signal)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a failure', () => {
  it('that a peer names by a code that there is not is PEER_FAILED', async () => {
    for (const code of ['toString', 'NOT_A_CODE', 7, undefined]) {
      const [left, right] = memoryLinks();
      const b = new Channel(right, { peer: 'left' });
      const told = new Promise<TacitError>((resolve) => b.onFailure(resolve));
      await left.send(frameWith({ type: FrameType.abort, payload: encodeMessage({ code, message: 'enough' }) }));
      expect(await told).toMatchObject({ code: 'PEER_FAILED', message: 'left ended the session: enough' });
    }
  });

  it('is one where a close is expected, unless it is that close', async () => {
    for (const [frame, code] of [
      [frameWith({}).subarray(1), 'BAD_FRAME'],
      [undefined, 'PEER_GONE'],
    ] as const) {
      const [left, right] = memoryLinks();
      const b = new Channel(right, { peer: 'left' });
      const watched = vi.fn();
      b.onFailure(watched);
      b.expectClose();
      if (frame) await left.send(frame);
      else left.close();
      await b.closed;
      expect(codeOf(b.failure)).toBe(code);
      expect(watched).toHaveBeenCalledTimes(frame ? 1 : 0);
    }
  });

  it('of this end alone is told by its code, one of the protocol with what was expected', async () => {
    for (const [error, message] of [
      [
        new TacitError('STORE_FULL', 'no room on /home/alice'),
        'right ended the session: there is no room on the disk for what is to be stored',
      ],
      [new ProtocolError('BAD_FRAME', 'expected 3, got 4'), 'right ended the session: expected 3, got 4'],
    ] as const) {
      const [left, right] = memoryLinks();
      const [a, b] = channels(left, right);
      const told = new Promise<TacitError>((resolve) => a.onFailure(resolve));
      b.fail(error);
      expect(await told).toMatchObject({ code: error.code, message, facts: { toldBy: 'right' } });
    }
  });
});

describe('what waits in queues', () => {
  /** As much as a channel holds unread. */
  const HELD = 8 * 1024 * 1024;

  it('counts with its headers: frames without a payload fill it too', async () => {
    const [left, right] = memoryLinks();
    const [a, b] = channels(left, right);
    const pause = vi.spyOn(right, 'pause');
    const resume = vi.spyOn(right, 'resume');
    const unread = b.lane('offline', 0);
    const part = new Uint8Array(HELD / 16);
    for (let i = 0; i < 16; i++) await a.lane('offline', 0).send(0, part);
    await turns(2);
    // all of the payload, and no more than that: it is the headers that fill it
    expect(unread.count.receivedBytes).toBe(HELD + 16 * HEADER_BYTES);
    expect(pause).toHaveBeenCalledOnce();
    for (let i = 0; i < 16; i++) await unread.receive(0, part.length);
    expect(resume).toHaveBeenCalled();
    // and what was taken out is counted whole: there is as much room as before
    pause.mockClear();
    for (let i = 0; i < 15; i++) await a.lane('offline', 0).send(0, part);
    await turns(2);
    expect(pause).not.toHaveBeenCalled();
    a.finish();
    b.finish();
  });
});
