/** The examples are what a user writes: short, on the package by its name, and they run. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOST_LINES = 40;
const run = promisify(execFile);

/** What each prints. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'bundles.mjs': /^prepared 2 bundles\n3 inputs spent 2 bundles from the store and 1 made on the fly/,
  'compare.mjs': /^private and plain fixed point: the same integers\nprivate and tfjs-wasm: at most 0\.0\d+ apart\n$/,
  'plan.mjs':
    /^lenet: 32-bit ring, no value can leave its width\n[\s\S]*\n2 parties alone[\s\S]*\n3 parties with an honest majority/,
  'roles.mjs': /^label \d, in 7 rounds\n$/,
  'predict.mjs': /^It is a 1\.\n\d+ ms ahead of time, \d+ ms from pixels to digit, 8 rounds\.\n$/,
};

const ROLES: readonly string[] = ['client', 'owner', 'dealer', 'party1', 'party0'];

// the public graph that the owner of the model hands to all
const folder = mkdtempSync(join(tmpdir(), 'tacit-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const GRAPH = join(folder, 'graph.json');

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

const examples = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith('.mjs'));

it('each has its line here', () => expect(examples.sort()).toEqual(Object.keys(PRINTED).sort()));

describe.each(examples)('%s', (name) => {
  const text = readFileSync(`${ROOT}examples/${name}`, 'utf8');

  it('is short, says what it shows, and imports the package by its name', () => {
    expect(text.split('\n').length).toBeLessThan(MOST_LINES);
    expect(text).toMatch(/^\/\*\* [^\n]+\. \*\/\n/);
    for (const [, specifier] of text.matchAll(/from '([^']+)'/g)) expect(specifier).toMatch(/^node:|^tacit-mpc/);
  });

  it('runs', async () => {
    const PORTS = (await freePorts(2)).join();
    // one program for all roles is started once a role
    const calls = name === 'roles.mjs' ? ROLES.map((role) => [role]) : [[]];
    const env = { ...process.env, PORTS, GRAPH };
    const start = (args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
      run(process.execPath, [`examples/${name}`, ...args], { cwd: ROOT, env });
    if (name === 'roles.mjs') await start(['publish']);
    const ends = await Promise.all(calls.map(start));
    expect(ends.map(({ stdout }) => stdout).join('')).toMatch(PRINTED[name]!);
    expect(ends.map(({ stderr }) => stderr).join('')).toBe('');
  });
});

it.each([
  [[], /^expected one of publish, party0, party1, dealer, owner, client, got no role\n$/],
  [['party2'], /^expected one of [^\n]*, got party2\n$/],
])('roles.mjs %j says in one line what it takes, and fails', async (args, message) => {
  const call = run(process.execPath, ['examples/roles.mjs', ...args], { cwd: ROOT });
  await expect(call).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
});

it('roles.mjs hands the weights to no role but the owner, and has no part of them in what it publishes', () => {
  const text = readFileSync(`${ROOT}examples/roles.mjs`, 'utf8');
  const readers = text.split('\n').filter((line) => line.includes('await readModel()'));
  expect(readers.map((line) => line.trim().split(':')[0])).toEqual(['publish', 'owner']);
  // 118,282 weights in a few bytes each would be far longer
  expect(readFileSync(GRAPH).length).toBeLessThan(4000);
});
