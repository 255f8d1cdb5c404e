import { createCipheriv, hkdfSync } from 'node:crypto';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type * as Client from '../../src/client.js';
import type { TrustModel } from '../../src/core/trust.js';
import { ModelMaker } from '../support/models.js';
import { bundleClient, loadedAtOnce } from '../support/page.js';

/** Of all that a page loads before it connects, minified, each file by itself. */
const MOST_GZIPPED = 61_000;

/** What no page has, and what no client needs. */
const FOREIGN =
  /__vite-browser-external|node_modules\/(?:@noble\/curves|@tensorflow)\/|platform\/node\.js|transport\/websocket(?:-handshake)?\.js/;
const OF_PARTIES =
  /src\/(?:gc\/(?!schedule|workspace-layout)|ot\/(?!sizes|pieces|fans|kinds|parameter|extension-layout|silent\/(?:parameters|corrections|layout))|kernels\/wasm|store\/|offline\/|online\/|model\/import)/;

function modulesOf(chunks: readonly { readonly modules: object }[]): string[] {
  return chunks.flatMap(({ modules }) => Object.keys(modules));
}

describe('the client in a page', () => {
  it('is bundled without builtins, and loads no more than it needs', async () => {
    const chunks = await bundleClient('modules');
    expect(modulesOf(chunks).some((path) => path.endsWith('platform/browser.js'))).toBe(true);
    expect(modulesOf(chunks).filter((path) => FOREIGN.test(path))).toEqual([]);
    for (const { code } of chunks) expect(code).not.toMatch(/["'`]node:\w+["'`]|\brequire\(/);
    const first = loadedAtOnce(chunks);
    expect(modulesOf(first).filter((path) => OF_PARTIES.test(path))).toEqual([]);
    const raw = first.reduce((sum, { code }) => sum + code.length, 0);
    const gzipped = first.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
    console.log(`tacit-mpc/client in a page: ${raw} bytes, ${gzipped} gzipped`);
    expect(gzipped).toBeLessThan(MOST_GZIPPED);
  });

  it('splits inputs with the same streams as Node, where text cannot become code', async () => {
    const [script] = await bundleClient('script');
    const page = openPage(script!.code);
    for (const bits of [32, 64] as const) {
      const model = new ModelMaker(bits, [37]).dense(9).nonlinear().dense(3).done();
      const words = (bits / 32) * 37;
      const input = Uint32Array.from({ length: words }, (_, i) => (i * 0x9e3779b9) >>> 0);
      const plan = (trust: TrustModel): Client.AnyPlan =>
        (trust.parties === 2 ? page.plan : page.planThree)({ graph: model.graph, batch: 1, trust });
      const [[seed], [rest]] = page.splitInput(
        plan({ parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' }),
        input,
      ) as [[Uint8Array], [Uint8Array]];
      expect(bigs(bits, rest)).toEqual(minus(bits, input, [streamOf(seed, 'client/input', 4 * words)]));
      const [[a, b], [, sum], [again, a2]] = page.splitInput(
        plan({ parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' }),
        input,
      ) as [[Uint8Array, Uint8Array], [Uint8Array, Uint8Array], [Uint8Array, Uint8Array]];
      expect([again, a2]).toEqual([sum, a]);
      expect(a).not.toEqual(b);
      const streams = [a, b].map((own) => streamOf(own, 'three/input', 4 * words));
      expect(bigs(bits, sum)).toEqual(minus(bits, input, streams));
    }
  });
});

/** Runs a script where there is what pages have, and nothing of Node. Text cannot become code. */
function openPage(code: string): typeof Client {
  let drawn = 0;
  const crypto = {
    getRandomValues: (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = drawn++ * 37;
      return bytes;
    },
  };
  const globals = {
    crypto,
    atob,
    TextEncoder,
    TextDecoder,
    URL,
    performance,
    setTimeout,
    clearTimeout,
    MessageChannel,
  };
  const context = createContext({ ...globals }, { codeGeneration: { strings: false, wasm: true } });
  return runInContext(`${code}\nTacit`, context) as typeof Client;
}

/** AES-128-CTR under HKDF's key, by Node. */
function streamOf(seed: Uint8Array, label: string, bytes: number): Uint8Array {
  const key = new Uint8Array(hkdfSync('sha256', seed, '', `tacit/stream/${label}/`, 32));
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(new Uint8Array(bytes));
}

/** Little-endian elements. */
function bigs(bits: 32 | 64, bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: (8 * bytes.length) / bits }, (_, i) =>
    bits === 32 ? BigInt(view.getUint32(4 * i, true)) : view.getBigUint64(8 * i, true),
  );
}

function minus(bits: 32 | 64, input: Uint32Array, streams: readonly Uint8Array[]): bigint[] {
  return streams.reduce(
    (rest, stream) => {
      const masks = bigs(bits, stream);
      return rest.map((element, i) => BigInt.asUintN(bits, element - masks[i]!));
    },
    bigs(bits, new Uint8Array(input.buffer)),
  );
}
