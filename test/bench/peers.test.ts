/** Figures of other systems stand in one place; what else shows them shows these. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../bench/micro-report.js';
import { PEER_COMMIT, PEER_MACHINE, PEERS } from '../../bench/peers.js';
import { RELU_MODES } from '../../bench/relus.js';

const samples = { median: 1, best: 1, windows: [1] };

describe('figures of other systems', () => {
  it('are those of docs/benchmarks.md', () => {
    const docs = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');
    for (const text of [PEER_MACHINE, PEER_COMMIT]) expect(docs).toContain(text);
    const rows = PEERS.flatMap(({ name, rows }) => rows.map((row) => ({ name, ...row })));
    const lines = rows.map(({ name, task, peer, theirs, ours, ratio }) =>
      ['', name, task, peer, theirs, ours, ratio.toFixed(2), ''].join(' | ').trim(),
    );
    const listed = docs.split('\n').filter((line) => PEERS.some(({ name }) => line.startsWith(`| ${name} |`)));
    expect(listed).toEqual(lines);
  });

  it('stand beside the rates of micro', () => {
    const names = ['garbleAnds', 'evaluateAnds', 'streamedAnds', 'cots'] as const;
    const relu = { both: samples, offlinePerSecond: 1, onlinePerSecond: 1, offlineBytes: 1, onlineBytes: 1 };
    const text = textOf({
      samples: new Map(names.map((name) => [name, samples])),
      cots: new Map(),
      relus: new Map(RELU_MODES.map((mode) => [mode, relu])),
      ratios: {},
      machine: { cpu: '', cores: 1, node: '', platform: '' },
      parameters: {},
    });
    for (const figure of [
      'EMP 35.2 M AND',
      'EMP 64 M AND',
      'EMP 22.6 M AND',
      'EMP SoftSpoken 86 M',
      'Cheetah 172 ms, 25 B',
    ]) {
      expect(text).toContain(figure);
    }
  });
});
