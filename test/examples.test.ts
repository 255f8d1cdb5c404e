/** The examples are what a user writes: short, on the package by its name, and they run. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

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
    const ends = await Promise.all(
      calls.map((args) =>
        run(process.execPath, [`examples/${name}`, ...args], { cwd: ROOT, env: { ...process.env, PORTS } }),
      ),
    );
    expect(ends.map(({ stdout }) => stdout).join('')).toMatch(PRINTED[name]!);
    expect(ends.map(({ stderr }) => stderr).join('')).toBe('');
  });
});
