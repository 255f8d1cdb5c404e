/** Folders that are not there yet, and those that a file system refuses. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from '../../src/store/folder.js';

const root = mkdtempSync(join(tmpdir(), 'tacit-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

it('is made with those above it, for its owner alone, once or twice', () => {
  const path = join(root, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
});

it('is refused below a file', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file', 'x'))).toThrow(/ENOTDIR/);
});

// where Node's own recursive mkdir does not return
it.runIf(process.platform === 'linux')('is refused where the file system makes none', () => {
  expect(() => makeFolder('/proc/tacit/party0')).toThrow(/ENOENT/);
});
