#!/usr/bin/env node
/**
 * Applies one mutation at a time to a copy of the checkout, and runs the tests that should notice: `npm run test:mutants`.
 *
 *   --only ID,ID  these alone                  --area A,B   those of some lists
 *   --jobs N      copies at work (default 2)   --unchecked  without running the tests once before, where it is known that they pass
 *
 * Exits with 1 where a mutation survives that is not said to be equivalent, or where the tests fail without any.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allMutants, mutate } from './mutants.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What tests read. Large folders are linked. */
const COPIED = [
  'src',
  'circuits',
  'parties',
  'test',
  'bench',
  'dist',
  'package.json',
  'vitest.config.ts',
  'tsconfig.json',
];
const LINKED = ['node_modules', 'models', 'docs', 'examples', 'README.md'];
/** A mutation that makes tests wait without end is noticed too. */
const LIMIT_MS = 300_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    area: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    unchecked: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
if (!Number.isInteger(jobs) || jobs < 1)
  throw new RangeError(`--jobs: expected a number from 1 on, got ${values.jobs}`);
const mutants = (await allMutants()).filter(
  ({ id, area }) =>
    (values.only?.split(',') ?? [id]).includes(id) && (values.area?.split(',') ?? [area]).includes(area),
);
if (mutants.length === 0) throw new RangeError('expected a mutation of that name or area, there is none');

async function copyCheckout() {
  const to = await mkdtemp(join(tmpdir(), 'tacit-mutants-'));
  for (const name of COPIED) await cp(join(ROOT, name), join(to, name), { recursive: true });
  for (const name of LINKED) await symlink(join(ROOT, name), join(to, name));
  return to;
}

/** Runs tests in a copy. What is left running at the limit is ended with all that it started. */
function runTests(at, tests, only) {
  const filter = only === undefined ? [] : ['-t', only];
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--bail', '1', '--maxWorkers', '1', ...filter, ...tests], {
    cwd: at,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((resolve) => {
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ passed: code === 0, late, output });
    });
  });
}

/** Of a run that should have had tests to run. */
function ranNone({ output }) {
  return /No test files found/.test(output) || (!/\b(passed|failed)\b/.test(output) && /skipped/.test(output));
}

/** Every set of tests once without a mutation: those that fail anyway would notice everything. */
async function checkTests(at) {
  const sets = new Map(mutants.map(({ tests, only }) => [JSON.stringify([tests, only]), { tests, only }]));
  const files = new Set([...sets.values()].filter(({ only }) => only === undefined).flatMap(({ tests }) => tests));
  const runs = [...sets.values()].filter(({ only }) => only !== undefined);
  if (files.size > 0) runs.unshift({ tests: [...files], only: undefined });
  for (const { tests, only } of runs) {
    const run = await runTests(at, tests, only);
    if (!run.passed || ranNone(run))
      throw new Error(`without a mutation: ${tests.join(' ')} ${only ?? ''}\n${run.output}`);
  }
}

async function verdictOf(at, mutant) {
  const path = join(at, mutant.file);
  const original = await readFile(path, 'utf8');
  await writeFile(path, mutate(original, mutant));
  try {
    const run = await runTests(at, mutant.tests, mutant.only);
    if (ranNone(run)) throw new Error(`${mutant.id}: expected tests that run, got none`);
    if (run.passed) return mutant.equivalent === undefined ? 'survived' : 'equivalent';
    return run.late ? 'killed by the time limit' : 'killed';
  } finally {
    await writeFile(path, original);
  }
}

const verdicts = new Map();
const queue = [...mutants];
async function work() {
  const at = await copyCheckout();
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const verdict = await verdictOf(at, mutant);
      verdicts.set(mutant, verdict);
      const reason = verdict === 'equivalent' ? `: ${mutant.equivalent}` : '';
      console.log(`${verdict.padEnd(10)} ${mutant.area}/${mutant.id}${mutant.secrecy ? ' (secrecy)' : ''}${reason}`);
    }
  } finally {
    await rm(at, { recursive: true, force: true });
  }
}

if (!values.unchecked) {
  const at = await copyCheckout();
  try {
    await checkTests(at);
  } finally {
    await rm(at, { recursive: true, force: true });
  }
}
await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, work));

const survivors = [...verdicts].filter(([, verdict]) => verdict === 'survived').map(([mutant]) => mutant);
const count = (verdict) => [...verdicts.values()].filter((other) => other.startsWith(verdict)).length;
console.log(
  `${mutants.length} mutations: ${count('killed')} killed, ${count('survived')} survived, ${count('equivalent')} equivalent`,
);
for (const { area, id, file, why } of survivors) console.log(`survived ${area}/${id}, ${dirname(file)}: ${why}`);
process.exitCode = survivors.length > 0 ? 1 : 0;
