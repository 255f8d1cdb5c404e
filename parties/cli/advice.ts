/**
 * What to do about an error, in terms of the command line: one line a code. An error whose message ends in advice of its own, because
 * only the place that threw it knows, keeps that; the library itself names no flag.
 * @module
 */
import { ERROR_CODES, type ErrorCode, type ErrorFacts } from '../../src/core/errors.js';

export interface AdviceContext {
  /** The command that failed, such as infer. */
  readonly command: string;
  readonly facts: ErrorFacts;
  /** Names of the flags that it was given. */
  readonly flags: readonly string[];
}

type Advice = (context: AdviceContext) => string;

const ADVICE: Readonly<Record<ErrorCode, Advice>> = {
  USAGE: ({ command }) => `See tacit${command === '' ? '' : ` ${command}`} --help`,
  UNKNOWN_MODEL: () => 'Check the name or the path',
  BAD_INPUT: ({ command }) => (command === 'store' ? 'Run tacit prepare, or give --store' : 'Check the file'),
  BAD_SHAPE: () => 'Reshape the input',
  BAD_VALUE: () => 'Scale the input or give --input-range LO,HI',
  BAD_MODEL: ({ facts }) =>
    facts.openShape === undefined ? 'Export the model again' : 'Give --input-shape with its extents, without the batch',
  UNSUPPORTED_LAYER: ({ facts }) =>
    facts.operator === undefined ? 'Replace the layer' : 'Replace it; tacit plan --operators says by what',
  RANGE_OVERFLOW: rangeAdvice,
  PRECISION: precisionAdvice,
  HE_PARAMETERS: () => 'Use --preprocessing ot, or fewer --fraction-bits',
  BAD_CONFIG: () => 'Correct the file',
  MISSING_PACKAGE: () => 'Install it',
  PORT_TAKEN: () => 'Choose another port',
  OUT_OF_MEMORY: () => 'Use a smaller --batch',
  STORE_FULL: ({ command }) =>
    command === 'infer'
      ? 'Free some room, or give --store none to keep nothing'
      : 'Free some room, or give a --store on another disk',
  STORE_CORRUPT: () => 'Run tacit store prune, then tacit prepare again',
  STORE_IN_USE: storeAdvice,
  KEY_EXPOSED: () => 'Run chmod 600 on the file',
  VERSION_MISMATCH: () => 'Run the same version of Tacit everywhere',
  ROLE_MISMATCH: () => 'Check which party each address is of',
  ROLE_TAKEN: () => 'Start each role once',
  PLAN_MISMATCH: () => 'Give all parties the same model and the same flags',
  TRUST_MISMATCH: () => 'Give all parties the same --parties, --preprocessing and --reveal',
  SESSION_MISMATCH: () => 'Start all parties for the same session',
  DEPLOYMENT_MISMATCH: () => 'Make a certificate for this deployment with tacit keygen',
  CERTIFICATE_UNKNOWN: () => 'Name the certificate in the deployment file of every participant',
  CERTIFICATE_WRONG: () =>
    'Use the certificate that the deployment file has for the role, or pin the new one everywhere',
  CERTIFICATE_EXPIRED: () => 'Check the clock, or make a certificate with tacit keygen and pin it everywhere',
  CERTIFICATE_REVOKED: () => 'Make a certificate with tacit keygen and pin it everywhere',
  BAD_CARD: () => 'Run the same version of Tacit everywhere, and share the model again',
  NOT_SHARED: () => 'See tacit models, or share it with tacit share',
  ALREADY_SHARED: () => 'Give a higher --version',
  BUNDLE_MISMATCH: () => 'Start the session again',
  SESSION_EXHAUSTED: ({ facts }) =>
    facts.bundles === 0 ? 'Use a smaller --batch, or --preprocessing dealer' : 'Start a new session',
  STORE_ROLLED_BACK: () => 'Remove the folder of that store, then run tacit prepare again',
  RANGE_WRAPPED: () => 'Calibrate on more inputs, or leave out --unproven',
  BAD_FRAME: () => 'Run the same version of Tacit everywhere',
  PEER_GONE: () => 'See what that party says, then start again',
  PEER_TIMEOUT: lateAdvice,
  PEER_FAILED: () => 'See what that party says, then start again',
  PARTY_DIED: () => 'Check the memory of the machine, then start again',
  INTERRUPTED: () => 'Start again',
  INTERNAL: () => 'Run again with --debug and report it',
};

export function adviceOf(code: ErrorCode, context: AdviceContext): string {
  return ADVICE[code](context);
}

/** `<expected>, <came>. <what to do>`: the message, with the table's advice where it has none of its own. */
export function withAdvice(message: string, code: ErrorCode, context: AdviceContext): string {
  return /\.\s+\p{Lu}/u.test(message) ? message : `${message.replace(/\.$/, '')}. ${adviceOf(code, context)}`;
}

/** A peer that did not come may be the one that was turned away. @param facts refusedFor: the code for which a link was */
function lateAdvice(context: AdviceContext): string {
  const { refusedFor } = context.facts;
  const known = Object.keys(ERROR_CODES).find((code): code is ErrorCode => code === refusedFor);
  if (known !== undefined && known !== 'PEER_TIMEOUT') return adviceOf(known, context);
  return 'Check that it runs, or raise --timeout';
}

/** Of a range that outgrows the ring. `facts` has ringBits, and what decided ranges. */
function rangeAdvice({ facts, flags }: AdviceContext): string {
  const ways = [
    ...(facts.ranges === 'proven' ? ['--calibrate FILE'] : []),
    ...(facts.ranges === 'saturated' ? ['--unproven'] : []),
    ...(flags.includes('--fraction-bits') ? ['fewer --fraction-bits A,W'] : []),
    ...(facts.ringBits === 32 ? ['--ring 64'] : []),
  ];
  return `Use ${(ways.length > 0 ? ways : ['a narrower --input-range LO,HI']).join(' or ')}`;
}

/** Of outputs that are too inexact. @param facts ringBits, what decided ranges, and whether fraction bits were demanded */
function precisionAdvice({ facts }: AdviceContext): string {
  if (facts.demanded === true) return 'Leave out --fraction-bits or give others, or give a greater --tolerance T';
  const ways = [
    ...(facts.ranges === 'proven' ? ['--calibrate FILE'] : []),
    ...(facts.ringBits === 32 ? ['--ring 64'] : []),
    'a greater --tolerance T',
  ];
  return `Use ${ways.join(' or ')}`;
}

function storeAdvice({ command }: AdviceContext): string {
  switch (command) {
    case 'infer':
      return 'Wait for it, give --store none to make the bundles of this run on the fly, or give another --store';
    case 'store':
      return 'Wait for it';
    default:
      return 'Wait for it, or give another --store';
  }
}
