import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every folder (or file) has a layer; the first prefix that matches counts. */
const LAYERS: readonly (readonly [string, number])[] = [
  ['src/platform/', 0],
  ['src/core/', 0],
  ['src/kernels/', 1],
  ['src/transport/', 1],
  ['src/model/', 1],
  ['circuits/', 2],
  ['src/gc/', 2],
  ['src/sliced/', 2],
  ['src/ot/', 2],
  ['src/he/', 2],
  ['src/steps/', 3],
  ['src/correlations/', 3],
  ['src/protocols/', 3],
  ['src/plan/', 4],
  ['src/offline/', 5],
  ['src/online/', 5],
  ['src/store/', 5],
  ['src/session/', 5],
  ['src/roles/', 5],
  ['src/deployment/', 5],
  ['src/service/', 5],
  ['src/', 5],
  ['models/', 5],
  ['parties/', 6],
  ['bench/', 6],
  ['audit/', 6],
];

/** Siblings of one layer that are plainly another's base. */
const BASES: readonly (readonly [from: string, to: string])[] = [
  ['src/correlations/', 'src/steps/'], // steps are what both work on
  ['src/protocols/', 'src/steps/'],
  ['src/protocols/', 'src/correlations/'], // and protocols spend correlations
  ['src/core/', 'src/platform/'], // the platform is below all
  ['src/model/', 'src/kernels/'], // the plain evaluator computes with the kernels
  ['src/gc/', 'circuits/'], // garbling's subject
  ['src/sliced/', 'circuits/'], // bit-sliced circuits
  ['src/ot/', 'src/gc/'], // pads use the garbling hash
  ['src/roles/', 'src/offline/'], // roles play both phases
  ['src/roles/', 'src/online/'],
  ['src/roles/', 'src/store/'],
  ['src/roles/', 'src/session/'],
  ['src/service/', 'src/deployment/'], // services play roles for those whom a deployment names
  ['src/service/', 'src/roles/'],
  ['src/service/', 'src/session/'],
  ['src/service/', 'src/offline/'],
  ['src/service/', 'src/store/'],
  ['src/', 'src/'], // the entry points
  ['parties/', 'bench/cli.ts'], // the command line registers the bench command
  ['bench/', 'parties/launch.ts'], // and benches run real parties
  ['parties/', 'audit/cli.ts'], // and the audit
  ['audit/', 'parties/cli/'], // which reads models and inputs as the other commands do, and runs parties
  ['audit/', 'bench/report/'], // and draws pages as the bench does
  ['bench/', 'parties/cli/print.ts'], // and print as the other commands do, also what failed
];

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (path !== 'src/kernels/assembly') yield* sources(path);
    } else if (path.endsWith('.ts')) yield path;
  }
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map((match) =>
    relative(ROOT, normalize(join(ROOT, dirname(path), match[1]!))).replace(/\.js$/, '.ts'),
  );
}

function groupOf(path: string): string {
  return LAYERS.find(([prefix]) => path.startsWith(prefix))![0];
}

function layerOf(path: string): number {
  return LAYERS.find(([prefix]) => path.startsWith(prefix))![1];
}

/** A circle of imports, as the files on it; imports of types count too. */
function circleFrom(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const clear = new Set<string>();
  const way: string[] = [];
  const follow = (file: string): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (clear.has(file)) return undefined;
    way.push(file);
    for (const target of imports.get(file) ?? []) {
      const circle = follow(target);
      if (circle) return circle;
    }
    way.pop();
    clear.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = follow(file);
    if (circle) return circle;
  }
  return undefined;
}

const files = ['src', 'circuits', 'parties', 'bench', 'audit', 'models'].flatMap((folder) => [...sources(folder)]);

describe('imports point one way', () => {
  it('sees the project', () => expect(files.length).toBeGreaterThan(40));

  for (const file of files) {
    it(file, () => {
      for (const target of importsOf(file)) {
        if (groupOf(target) === groupOf(file)) continue;
        const base = BASES.some(([from, to]) => groupOf(file) === from && target.startsWith(to));
        if (!base) expect(layerOf(target), `${file} imports ${target}`).toBeLessThan(layerOf(file));
      }
    });
  }

  it('finds a circle, also one of types', () => {
    const imports = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['b']],
      ['d', []],
    ]);
    expect(circleFrom(imports)).toEqual(['b', 'c', 'b']);
    expect(circleFrom(new Map([...imports, ['c', ['d']]]))).toBeUndefined();
    expect(importsOf('src/correlations/context.ts')).toContain('src/correlations/jobs.ts');
  });

  it('no file imports itself by way of others, not even types', () => {
    expect(circleFrom(new Map(files.map((file) => [file, importsOf(file)])))).toBeUndefined();
  });

  it('offline and online meet in the bundle alone', () => {
    for (const [one, other] of [
      ['src/offline/', 'src/online/'],
      ['src/online/', 'src/offline/'],
    ] as const) {
      for (const file of files.filter((path) => path.startsWith(one))) {
        expect(
          importsOf(file).filter((target) => target.startsWith(other)),
          file,
        ).toEqual([]);
      }
    }
  });

  it('nothing in src or circuits imports the processes or the benches', () => {
    for (const file of files.filter((path) => /^(src|circuits)\//.test(path))) {
      expect(
        importsOf(file).filter((target) => /^(parties|bench|audit|test)\//.test(target)),
        file,
      ).toEqual([]);
    }
  });
});
