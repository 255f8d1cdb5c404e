/** Flags that several commands share. @module */
import { type Command, Option } from 'commander';
import { MODEL_NAMES } from '../../models/zoo.js';
import { PREPROCESSINGS, preprocessingChoice } from '../../src/core/trust.js';
import { MOST_OUTPUT_BITS } from '../../src/model/quantize/round-outputs.js';
import { DEFAULT_SOFTSPOKEN_K, MOST_SOFTSPOKEN_K } from '../../src/ot/sizes.js';
import {
  parseFractionBits,
  parseInputShape,
  parseLayout,
  parseMean,
  parseNetwork,
  parseNonlinear,
  parseParties,
  parsePreprocessing,
  parseRange,
  parseReveal,
  parseRing,
  parseScale,
  parseStd,
  parseTolerance,
  parseTransfers,
  wholeNumber,
} from './options.js';
import type { ModelFlags } from './subject.js';

const MAX_BATCH = 4096;
const MAX_THREADS = 64;

/** What all commands have. */
export interface CommonFlags {
  readonly json?: true;
  readonly debug?: true;
}

/** Flags that decide the fixed-point network and who learns what, and --batch. */
export interface PlanFlags extends ModelFlags, CommonFlags {
  readonly batch?: number;
}

const PREPROCESSING_HELP = preprocessingChoice((key) => `${key} (${PREPROCESSINGS[key].who})`);

export const MODEL_HELP: string = `a name of the zoo (${MODEL_NAMES.join(', ')}), the path of a tfjs model.json, or of a .keras, .h5 or .onnx file`;

/** Adds what decides the plan. @param batch what --batch is by default, in words */
export function addPlanFlags(command: Command, batch: string): Command {
  return command
    .addOption(
      new Option('--parties <n>', 'compute parties: 2, or 3 with an honest majority')
        .default(2)
        .argParser(parseParties),
    )
    .addOption(
      new Option(
        '--preprocessing <who>',
        `of two parties, who makes the correlated randomness: ${PREPROCESSING_HELP} (default: dealer)`,
      ).argParser(parsePreprocessing),
    )
    .addOption(
      new Option(
        '--softspoken-k <k>',
        `without a dealer: 1 (IKNP) to 8; more sends less and computes more (default: what serves --network, ${DEFAULT_SOFTSPOKEN_K} without it)`,
      ).argParser(wholeNumber('--softspoken-k', 1, MOST_SOFTSPOKEN_K)),
    )
    .addOption(
      new Option(
        '--transfers <how>',
        'without a dealer, oblivious transfers: softspoken, silent (a bit and less each, more work, and the assumption that LPN is hard) or auto (default: softspoken, auto with --network)',
      ).argParser(parseTransfers),
    )
    .addOption(
      new Option(
        '--nonlinear <how>',
        'of two parties, non-linear steps: gc (garbled circuits), bits (shared bits: a tenth of the bytes, more rounds) or auto, step by step (default: gc, auto with --network)',
      ).argParser(parseNonlinear),
    )
    .addOption(
      new Option('--network <net>', 'links between parties: lan, wan, none or RTT_MS,MBIT (default: none)').argParser(
        parseNetwork,
      ),
    )
    .addOption(
      new Option('--reveal <what>', 'what the client learns: logits, top:K or label')
        .default('logits')
        .argParser(parseReveal),
    )
    .addOption(
      new Option(
        '--round-logits <bits>',
        'fraction bits that logits are rounded to before the client learns them: it learns no more (default: none are rounded)',
      ).argParser(wholeNumber('--round-logits', 0, MOST_OUTPUT_BITS)),
    )
    .addOption(new Option('--ring <bits>', 'ring: 32, 64 or auto').default('auto').argParser(parseRing))
    .addOption(
      new Option(
        '--tolerance <t>',
        "what the outputs may be off by: RMS of the error, as a part of the float network's RMS (default: 0.02)",
      ).argParser(parseTolerance),
    )
    .addOption(
      new Option(
        '--fraction-bits <a,w>',
        'activation and weight fraction bits of every layer (default: what the tolerance asks for)',
      ).argParser(parseFractionBits),
    )
    .addOption(
      new Option(
        '--input-shape <shape>',
        'of an input whose shape the file leaves open, without the batch: 224,224,3, or NAME=224,224,3 of several',
      ).argParser(parseInputShape),
    )
    .addOption(
      new Option(
        '--input-range <lo,hi>',
        'what the inputs may hold (default: 0,1, or what scaled pixels can reach)',
      ).argParser(parseRange),
    )
    .addOption(
      new Option('--scale <s>', 'of images: bytes of pixels are multiplied by it (default: 1/255)').argParser(
        parseScale,
      ),
    )
    .addOption(
      new Option('--mean <m,m,m>', 'of images: subtracted then, one or one a channel: 0.485,0.456,0.406').argParser(
        parseMean,
      ),
    )
    .addOption(new Option('--std <s,s,s>', 'of images: divided by then, one or one a channel').argParser(parseStd))
    .addOption(
      new Option(
        '--layout <order>',
        'nchw (channels first) or nhwc: of arrays that differ from the model, or of a model whose shape does not tell',
      ).argParser(parseLayout),
    )
    .option('--resize', "images of another size are made the model's: bilinear, antialiased")
    .option('--invert', 'of images: a byte b becomes 255 - b first, as for digits that are dark on light')
    .option(
      '--calibrate <file...>',
      'inputs to measure errors on and to bound deep networks by, in any format of --input: steps saturate beyond them',
    )
    .option('--unproven', 'with --calibrate: widths that these inputs need, which others may leave')
    .addOption(
      new Option('--batch <n>', `inputs that one bundle serves (default: ${batch})`).argParser(
        wholeNumber('--batch', 1, MAX_BATCH),
      ),
    );
}

/** Adds --store. @param otherwise where bundles are kept by default, in words */
export function addStoreFlag(command: Command, otherwise: string): Command {
  return command.option('--store <dir>', `where bundles are kept, a folder a party (default: ${otherwise})`);
}

/** --threads, of commands that run parties. */
export function threadsFlag(): Option {
  return new Option(
    '--threads <n>',
    'threads of each party for bulk work; results do not depend on it (default: cores - 1)',
  ).argParser(wholeNumber('--threads', 1, MAX_THREADS));
}

/** Adds --json and --debug. */
export function addCommonFlags(command: Command): Command {
  return command
    .option('--json', 'print one JSON object to stdout and nothing else')
    .option('--debug', 'show a stack trace with an error');
}
