/** What the documents name is there: links, files, scripts, commands and their flags. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'dist/parties/main.js');
const run = promisify(execFile);

/** Folders that hold no sources or documents of the project. */
const FOREIGN: readonly string[] = ['node_modules', 'dist', '.git', 'coverage', 'html', '.tacit', 'bench-report'];

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield relative(ROOT, path);
    else if (!FOREIGN.includes(entry.name)) yield* filesBelow(path);
  }
}

const files = [...filesBelow(ROOT)];
// a changelog tells of what was
const documents = files.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** As hosts of Markdown make them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Code between backticks and in blocks, a line each. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const indented = [...text.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line!);
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...indented, ...inline];
}

describe.each(documents)('%s', (path) => {
  const text = textOf(path);

  it('has links that lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(([, link, source]) => link ?? source!);
    for (const link of links.filter((target) => !/^\w+:/.test(target))) {
      const [file, anchor] = link.split('#') as [string, string | undefined];
      const target = file === '' ? path : join(dirname(path), file);
      expect(existsSync(join(ROOT, target)), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(textOf(target)), link).toContain(anchor);
    }
  });

  it('names scripts that are there', () => {
    for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });
});

// a record tells of what was, too
describe.each(documents.filter((path) => !path.startsWith('docs/decisions/0')))('%s', (path) => {
  const text = textOf(path);

  it('names files that are there', () => {
    const named = codeOf(text).filter(
      (code) => /^[\w./{},-]+\.(ts|mjs|json|md|js)$/.test(code) && !code.startsWith('.'),
    );
    for (const name of named.filter((file) => !OF_USERS.includes(file))) {
      expect(
        files.some((file) => file === name || file.endsWith(`/${name}`)) || existsSync(join(ROOT, name)),
        `${name} in ${path}`,
      ).toBe(true);
    }
    const folders = codeOf(text).filter((code) =>
      /^(src|circuits|parties|bench|test|models|docs|examples)\/[\w./-]*$/.test(code),
    );
    for (const name of folders.filter((folder) => !folder.split('/').some((part) => FOREIGN.includes(part))))
      expect(existsSync(join(ROOT, name)), `${name} in ${path}`).toBe(true);
  });
});

/** Files of a user's, not of the project. */
const OF_USERS: readonly string[] = ['model.json', 'report.json', 'OLD.json', 'NEW.json', 'weights.bin'];

describe('commands in the documents', () => {
  const WORDS = /^(?:\$ |npx )*tacit ([a-z][\w ,|:./-]*.*)$/;
  const commands = new Map<string, string>();
  for (const path of documents) {
    for (const code of codeOf(textOf(path))) {
      const [, words] = WORDS.exec(code.split('   ')[0]!.trim()) ?? [];
      if (words !== undefined) commands.set(words, path);
    }
  }

  it('are there', () => expect(commands.size).toBeGreaterThan(12));

  const helps = new Map<string, Promise<string>>();
  function helpOf(path: readonly string[]): Promise<string> {
    const key = path.join(' ');
    const known = helps.get(key) ?? run(process.execPath, [MAIN, ...path, '--help']).then(({ stdout }) => stdout);
    helps.set(key, known);
    return known;
  }

  it.each([...commands])('tacit %s (%s) has those flags', async (words) => {
    const [name, second] = words.split(/\s+/) as [string, string | undefined];
    const path =
      /^(store|bench|deployment|client)$/.test(name) && second !== undefined && /^[a-z]+$/.test(second)
        ? [name, second]
        : [name];
    const help = await helpOf(path);
    // a name that is no command shows the help of the one above
    expect(help).toContain(`Usage: tacit ${path.join(' ')} `);
    for (const [flag] of words.matchAll(/(?<= )--[a-z-]+/g)) expect(help).toContain(flag);
  });
});

describe('records of decisions', () => {
  const folder = 'docs/decisions';
  const records = readdirSync(join(ROOT, folder)).filter((name) => name !== 'README.md');
  const index = textOf(`${folder}/README.md`);

  it.each(records)('%s has a number, a heading and a line in the index', (name) => {
    expect(name).toMatch(/^\d{4}-[a-z0-9-]+\.md$/);
    expect(textOf(`${folder}/${name}`)).toMatch(/^# \S/);
    expect(index).toContain(`](${name})`);
  });
});
