/** Sessions whose transcripts are committed. */
const MODES = {
  dealer: 'two parties and a dealer',
  bits: 'two parties and a dealer, on masked bits',
  ot: 'two parties by oblivious transfer',
  otBits: 'two parties by oblivious transfer, on masked bits',
  three: 'three parties',
};

/** The tests of one of them. */
export function transcript(session, mode) {
  return { tests: ['test/transcripts/transcripts.test.ts'], only: `'${session}' ${MODES[mode]}$` };
}
