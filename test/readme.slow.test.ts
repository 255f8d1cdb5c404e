import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const run = promisify(execFile);

// what the commands leave behind stays out of the checkout
const folder = mkdtempSync(join(tmpdir(), 'tacit-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = [...readme.matchAll(/^npx tacit (.*)$/gm)].map((match) => match[1]!);

describe('README', () => {
  it('shows commands', () => expect(commands.length).toBeGreaterThan(4));

  // the micro bench takes a minute: test/bench runs a short one
  for (const command of commands.filter((line) => !line.startsWith('bench'))) {
    it(`tacit ${command}`, async () => {
      const { stdout } = await run(process.execPath, [`${root}dist/parties/main.js`, ...command.split(' ')], {
        cwd: folder,
      });
      expect(stdout.length).toBeGreaterThan(100);
    });
  }

  // the package finds itself by its name, as it is found where it is installed
  it('shows library code that runs', async () => {
    const [, code] = /```ts\n([\s\S]*?)```/.exec(readme)!;
    const file = `${root}dist/readme-example.mjs`;
    writeFileSync(file, code!.replace(' as const', ''));
    try {
      const { stdout } = await run(process.execPath, [file], { cwd: root });
      expect(stdout).toMatch(/^true /);
    } finally {
      rmSync(file);
    }
  });
});
