/** The contents of a long run and the time that is left, with a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { Agenda, type Part } from '../../bench/agenda.js';

const parts: readonly Part[] = [
  { title: 'links', jobs: [{ what: 'links', ms: 60_000 }] },
  {
    title: 'secureml',
    jobs: [
      { what: 'alone', ms: 120_000 },
      { what: 'among many', ms: 240_000 },
    ],
  },
];

describe('an agenda', () => {
  it('lists its parts with about their time', () => {
    expect(new Agenda(parts).contents()).toBe(
      [
        '1  links      1 measurement   about 60 s',
        '2  secureml  2 measurements  about 6 min',
        'in all about 7 min',
      ].join('\n'),
    );
  });

  it('says what is left, at the pace of what is done', () => {
    let now = 5000;
    const agenda = new Agenda(parts, () => now);
    expect(agenda.begin('links')).toBe('about 7 min left: links');
    now += 30_000;
    expect(agenda.leftMs()).toBe(390_000);
    now += 150_000;
    // 180 s for what was thought 60: twice as long, with the minute of the model's own pace
    expect(agenda.begin('alone')).toBe('about 12 min left: alone');
    expect(agenda.leftMs()).toBe(720_000);
    now += 60_000;
    expect(agenda.leftMs()).toBe(660_000);
    expect(agenda.begin('among many')).toBe('about 5 min left: among many');
    now += 3_600_000;
    expect(agenda.leftMs()).toBe(0);
  });

  it('takes what it does not know for a detail of the job under way', () => {
    let now = 0;
    const agenda = new Agenda(parts, () => now);
    agenda.begin('links');
    agenda.begin('alone');
    now += 60_000;
    const before = agenda.leftMs();
    expect(agenda.begin('3 of 10')).toMatch(/left: 3 of 10$/);
    expect(agenda.begin('links')).toMatch(/left: links$/);
    expect(agenda.leftMs()).toBe(before);
  });
});
