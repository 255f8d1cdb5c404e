/** The commit that a run was of. @module */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Results } from './results.js';

/** Behind a commit that files of the checkout differ from. */
const DIRTY = '-dirty';
const DIGITS = 12;

/** Abbreviated, marked where files differ from it. Only of a repository of its own: an installed package is part of another's. */
export function commitOf(root: string): string | undefined {
  if (!existsSync(`${root}.git`)) return undefined;
  try {
    const words = ['describe', '--always', `--dirty=${DIRTY}`, '--exclude=*', `--abbrev=${DIGITS}`];
    return execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Whether files differed from the commit that a report will name. */
export function isDirty({ commit }: Results['versions']): boolean {
  return commit?.endsWith(DIRTY) === true;
}

/** Version and commit in words; a tree that was no commit's is called that. */
export function commitText(versions: Results['versions']): string {
  const { tacit, commit } = versions;
  if (commit === undefined) return `version ${tacit}`;
  if (!isDirty(versions)) return `version ${tacit}, commit ${commit}`;
  return `version ${tacit}, commit ${commit.slice(0, -DIRTY.length)} with changes that are in no commit`;
}
