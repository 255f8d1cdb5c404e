/** A report's three files: HTML for a person, JSON and CSV for tools. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TacitError } from '../../src/core/errors.js';
import type { Results } from '../results.js';
import { csvOf } from './csv.js';
import type { Drawing } from './drawing.js';
import { pageOf } from './page.js';
import { savedText } from './saved.js';

export const REPORT_FILES = { page: 'index.html', json: 'report.json', csv: 'report.csv' } as const;

/** Creates the folder. @throws USAGE where that cannot be done */
export async function openFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new TacitError('USAGE', `expected --out to be a folder, got ${folder}. Give another folder`, { cause });
  }
}

/** Writes index.html, report.json and report.csv into `folder`. @throws USAGE */
export async function writeReport(results: Results, drawing: Drawing, folder: string): Promise<void> {
  await openFolder(folder);
  await writeFile(join(folder, REPORT_FILES.json), savedText(results));
  await writeFile(join(folder, REPORT_FILES.csv), csvOf(results));
  await writeFile(join(folder, REPORT_FILES.page), pageOf(results, drawing));
}
