/** Three machines in ten minutes, as docs/deploy.md has it: every participant a process of its own, on loopback addresses of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/deployment.js';
import { freePort } from '../support/services.js';

const MAIN = fileURLToPath(new URL('../../dist/parties/main.js', import.meta.url));
const folder = temporaryFolder();
const HOSTS = { party0: '127.0.0.2', party1: '127.0.0.3', dealer: '127.0.0.4' } as const;
const children: ChildProcess[] = [];

async function tacit(...args: string[]): Promise<Record<string, unknown>> {
  const run = promisify(execFile)(process.execPath, [MAIN, ...args, '--json'], { cwd: folder });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Record<string, unknown>;
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (data: Buffer) => {
      if (String(data).includes('"listening"')) resolve();
    });
    child.once('exit', () => reject(new Error('ended')));
  });
}

beforeAll(async () => {
  for (const role of ['party0', 'party1', 'dealer', 'owner'])
    await tacit('keygen', '--deployment', 'clinic', '--role', role);
  await tacit('keygen', '--deployment', 'clinic', '--role', 'client', '--name', 'alice');
  const flags: string[] = [];
  for (const [role, host] of Object.entries(HOSTS)) {
    flags.push(`--${role}`, `${host}:${await freePort(host)}`);
    const config = {
      deployment: 'deployment.yaml',
      key: `${role}.key`,
      certificate: `${role}.pem`,
      store: `store-${role}`,
    };
    writeFileSync(join(folder, `${role}.json`), JSON.stringify(config));
  }
  await tacit('deployment', 'init', ...flags);
  for (const role of Object.keys(HOSTS)) {
    const command = role === 'dealer' ? 'dealer' : 'party';
    const child = spawn(process.execPath, [MAIN, command, '--config', `${role}.json`, '--json'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    await listening(child);
  }
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const TO = ['--deployment', 'deployment.yaml'];

describe('a deployment by the command line', () => {
  it('gives what tacit infer gives', async () => {
    expect(await tacit('share', 'secureml', ...TO)).toMatchObject({ name: 'secureml', version: 1 });
    expect(await tacit('models', ...TO)).toMatchObject({ models: [{ name: 'secureml', version: 1, batch: 1 }] });
    const private_ = await tacit('client', 'infer', 'secureml', ...TO, '--input', 'mnist:0-3');
    const local = await tacit('infer', 'secureml', '--input', 'mnist:0-3', '--no-check');
    for (const field of ['outputs', 'labels', 'accuracy', 'trust', 'fixedPoint', 'inputRange', 'pixels']) {
      expect(private_[field]).toEqual(local[field]);
    }
    expect(private_).toMatchObject({ model: local.model as object });
  });

  it('says what is wrong', async () => {
    const codeOf = async (...args: string[]): Promise<unknown> =>
      ((await tacit(...args)).error as { code: unknown } | undefined)?.code;
    expect(await codeOf('share', 'secureml', ...TO)).toBe('ALREADY_SHARED');
    expect(await codeOf('client', 'infer', 'lenet', ...TO, '--input', 'mnist:0-1')).toBe('NOT_SHARED');
    await tacit('keygen', '--deployment', 'clinic', '--role', 'client', '--name', 'eve');
    expect(await codeOf('models', ...TO)).toBe('USAGE');
    expect(await codeOf('models', ...TO, '--key', 'client-eve.key')).toBe('CERTIFICATE_UNKNOWN');
    expect(await codeOf('party', '--config', 'dealer.json')).toBe('ROLE_MISMATCH');
    expect(await codeOf('party', '--config', 'party0.json')).toBe('STORE_IN_USE');
    chmodSync(join(folder, 'client-alice.key'), 0o644);
    expect(await codeOf('models', ...TO, '--key', 'client-alice.key')).toBe('KEY_EXPOSED');
    writeFileSync(join(folder, 'bad.yaml'), 'deployment: deployment.yaml\nkeys: a\n');
    expect(await codeOf('party', '--config', 'bad.yaml')).toBe('BAD_CONFIG');
  });
});
