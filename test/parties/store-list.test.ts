/** `tacit store list` for a person: what its sizes are of. */
import { expect, it } from 'vitest';
import { renderList } from '../../parties/cli/store.js';

it('names the unit of each size, and says what it counts', async () => {
  const model = {
    id: 'a'.repeat(32),
    name: 'secureml',
    modelDigest: 'b'.repeat(64),
    ready: 2,
    bytes: 947_644,
    bundles: [{ batch: 1, ready: 2 }],
  };
  const rest = { id: 'c'.repeat(32), models: [model], ready: 2, spent: 3, highWater: 5, diskBytes: 1_734_288 };
  const lines = (await renderList([{ owner: 'party0', ...rest }])).split('\n');
  expect(lines[0]).toMatch(/^ +model +bundles ready +held +bundles spent +on disk$/);
  expect(lines[1]).toMatch(/^party0 +secureml a+… +2 +947\.6 kB +3 +1\.73 MB$/);
  expect(lines.slice(2).join('\n')).toMatch(
    /^\nheld: the model share and the bundles that are ready .*\non disk: all files/,
  );
});
