/** As planted.slow.test.ts, with real base transfers: what they draw twice is seen. */
import { afterEach, expect, it, vi } from 'vitest';
import { recorder } from '../support/recorder.js';
import { distinguish } from './distinguisher.js';
import { evidenceOf } from './evidence.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

afterEach(() => recorder.repair());

it.each(['base-ot/sender', 'base-ot/receiver'])('one scalar in all sessions: %s', async (name) => {
  recorder.spoilDraw = (draw, occurrence, salt) => (draw === name ? draw : `${draw}#${occurrence}${salt}`);
  expect(distinguish(await evidenceOf('ot'))).not.toEqual([]);
});
