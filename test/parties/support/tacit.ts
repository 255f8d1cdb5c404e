/** The built command line as a child process, and files for it to read. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import type { z } from 'zod';
import { zooModelPath } from '../../../models/zoo.js';
import type { InferReport } from '../../../parties/cli/report.js';
import { inferSchema } from './schema.js';

const MAIN = fileURLToPath(new URL('../../../dist/parties/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Running = ChildProcessByStdio<null | Writable, Readable, Readable>;

/** Starts `tacit ...args`. @param cwd the working directory, by default that of the tests */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Running {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Starts `tacit ...args` where no file may grow. */
export function startWithoutDisk(args: readonly string[]): Running {
  const limited = 'trap "" XFSZ; ulimit -f 0; exec "$0" "$@"';
  return spawn('sh', ['-c', limited, process.execPath, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs `tacit ...args` where no file may grow beyond `kiB`: every process sees a full disk there. */
export function cramped(kiB: number, args: readonly string[], cwd: string): Promise<Ended> {
  const script = `ulimit -f ${kiB}; exec "$0" "$@"`;
  return ended(
    spawn('/bin/bash', ['-c', script, process.execPath, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd }),
  );
}

/** Waits until a started command has ended. */
export async function ended(child: Running): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

/** Runs `tacit ...args` to its end. @param stdin what is piped to it; by default nothing */
export function tacit(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  stdin?: string | Uint8Array,
): Promise<Ended> {
  if (stdin === undefined) return ended(start(args, env, cwd));
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe' });
  child.stdin.end(stdin);
  return ended(child);
}

/** Runs `tacit infer ...args`, which must succeed. */
export async function infer(...args: string[]): Promise<InferReport> {
  const { code, stdout, stderr } = await tacit(['infer', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return inferSchema.parse(JSON.parse(stdout));
}

/** Runs commands in a folder, whose .tacit is the store unless another is named: each must succeed and print JSON of a schema. */
export function runIn(folder: string): <T>(schema: z.ZodType<T>, ...args: string[]) => Promise<T> {
  return async (schema, ...args) => {
    const { code, stdout, stderr } = await tacit([...args, '--json'], {}, folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return schema.parse(JSON.parse(stdout));
  };
}

/** The arguments of the example that `tacit COMMAND --help` shows. */
export async function exampleOf(command: string): Promise<string[]> {
  const { stdout } = await tacit([command, '--help']);
  return /\$ tacit (.+)$/m.exec(stdout)![1]!.trim().split(' ');
}

/** A folder for one test file, removed after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tacit-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of secureml with other topology text or weights. */
export function brokenModel(
  folder: string,
  name: string,
  change: { readonly topology?: (text: string) => string; readonly weights?: (bytes: Buffer) => Buffer },
): string {
  const source = dirname(zooModelPath('secureml')!);
  const target = join(folder, name);
  mkdirSync(target);
  cpSync(source, target, { recursive: true });
  const model = join(target, 'model.json');
  const weights = join(target, 'weights.bin');
  if (change.topology) writeFileSync(model, change.topology(readFileSync(model, 'utf8')));
  if (change.weights) writeFileSync(weights, change.weights(readFileSync(weights)));
  return model;
}
