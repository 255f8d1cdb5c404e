import { afterAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Channel } from '../../src/transport/channel.js';
import { MAX_PAYLOAD } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { listen } from '../../src/transport/websocket.js';
import { dialWebSocket } from '../../src/transport/websocket-browser.js';

/** The package's socket has the interface of a page's. */
vi.stubGlobal('WebSocket', WebSocket);
afterAll(() => void vi.unstubAllGlobals());

const options = { timeoutMs: 30_000, patienceMs: 30_000, signal: undefined };

/** A page that dialled a party. */
async function meet(): Promise<{ page: Channel; party: Channel; link: Link; close(): void }> {
  let accept: (link: Link) => void = () => {};
  const arriving = new Promise<Link>((resolve) => {
    accept = resolve;
  });
  const listener = await listen('127.0.0.1', 0, (link) => accept(link));
  const link = await dialWebSocket(`ws://127.0.0.1:${listener.port}`, options);
  const page = new Channel(link, { peer: 'the party', timeoutMs: 30_000 });
  const party = new Channel(await arriving, { peer: 'the page', timeoutMs: 30_000 });
  return { page, party, link, close: () => listener.close() };
}

describe('the link of a page', () => {
  it('carries bytes of any length, both ways', async () => {
    const { page, party, close } = await meet();
    for (const [from, to] of [
      [page, party],
      [party, page],
    ] as const) {
      for (const [step, length] of [0, 1, MAX_PAYLOAD, 3 * MAX_PAYLOAD + 7].entries()) {
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + step) & 255);
        const [got] = await Promise.all([
          to.lane('online', 1).receive(step, length),
          from.lane('online', 1).send(step, bytes),
        ]);
        expect(Buffer.compare(got, bytes)).toBe(0);
      }
    }
    page.finish();
    party.finish();
    close();
  });

  it('holds what comes while it is paused', async () => {
    const { party, link, close } = await meet();
    const got: number[] = [];
    let told: () => void = () => {};
    const came = new Promise<void>((resolve) => {
      told = resolve;
    });
    link.onMessage((bytes) => {
      got.push(bytes.length);
      told();
    });
    link.pause();
    await party.lane('online', 1).send(0, new Uint8Array(10));
    // another link's whole way there and back: the frame has long come
    const other = await meet();
    await other.party.lane('online', 1).send(0, new Uint8Array(10));
    await other.page.lane('online', 1).receive(0, 10);
    expect(got).toEqual([]);
    link.resume();
    await came;
    expect(got.length).toBe(1);
    for (const { party: end, close: stop } of [{ party, close }, other]) {
      end.finish();
      stop();
    }
  });

  it('ends when the party does', async () => {
    const { page, party, close } = await meet();
    const failed = new Promise<string>((resolve) => page.onFailure(({ code }) => resolve(code)));
    party.finish();
    expect(await failed).toBe('PEER_GONE');
    close();
  });

  it('cannot be dialled where no party listens, nor after an abort', async () => {
    const listener = await listen('127.0.0.1', 0, () => {});
    listener.close();
    const url = `ws://127.0.0.1:${listener.port}`;
    await expect(dialWebSocket(url, options)).rejects.toThrow('no connection');
    const stop = new AbortController();
    const dialled = dialWebSocket(url, { ...options, signal: stop.signal });
    stop.abort();
    await expect(dialled).rejects.toThrow('no connection');
  });
});
