/** An audit's two files: HTML for a person, JSON for tools. @module */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolder } from '../../bench/report/write.js';
import type { AuditReport } from '../run.js';
import { pageOf } from './page.js';

export const AUDIT_FILES = { page: 'report.html', json: 'audit.json' } as const;

/** Writes both into `folder`, which is made. @throws USAGE where that cannot be done */
export async function writeReport(folder: string, report: AuditReport): Promise<void> {
  await openFolder(folder);
  await writeFile(join(folder, AUDIT_FILES.json), `${JSON.stringify(jsonOf(report), null, 1)}\n`);
  await writeFile(join(folder, AUDIT_FILES.page), pageOf(report));
}

/** What --json prints and audit.json holds: the pictures are the page's. */
export function jsonOf({ pictures, image, ...report }: AuditReport): object {
  return report;
}
