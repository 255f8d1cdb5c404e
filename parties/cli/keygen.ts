/** `tacit keygen`: the key of a participant, and its certificate. @module */
import { Command, Option } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { addCommonFlags, type CommonFlags } from './flags.js';
import { wholeNumber } from './options.js';
import { printJson, printText } from './print.js';

const ROLES = ['party0', 'party1', 'party2', 'dealer', 'owner', 'client'] as const;
const MOST_DAYS = 3650;
const DEFAULT_DAYS = 397;

interface KeygenFlags extends CommonFlags {
  readonly deployment: string;
  readonly role: (typeof ROLES)[number];
  readonly name?: string;
  readonly days: number;
  readonly out: string;
}

const HELP = `
Writes ROLE.key, which never leaves this machine, and ROLE.pem, which tacit deployment init takes. Of a client
they are called client-NAME.

Example:
  $ tacit keygen --deployment clinic --role party0`;

export function keygenCommand(): Command {
  const command = new Command('keygen')
    .requiredOption('--deployment <name>', 'the name of the deployment: small letters, digits, dots and dashes')
    .addOption(new Option('--role <role>', 'whose key it is').choices([...ROLES]).makeOptionMandatory())
    .option('--name <name>', 'of a client: what it is called in the deployment file')
    .addOption(
      new Option('--days <n>', 'how long the certificate is valid')
        .default(DEFAULT_DAYS)
        .argParser(wholeNumber('--days', 1, MOST_DAYS)),
    )
    .option('--out <dir>', 'where the files go', '.');
  return addCommonFlags(command).addHelpText('after', HELP).action(keygen);
}

async function keygen({ deployment, role, name, days, out, json }: KeygenFlags): Promise<void> {
  const { NAME } = await import('../../src/deployment/deployment.js');
  const { makeKey, readCertificate, writeKey } = await import('../../src/deployment/keys.js');
  if ((role === 'client') !== (name !== undefined)) {
    throw new TacitError(
      'USAGE',
      `expected --name of a client, and of no other role, got ${role} ${name ?? 'without'}`,
    );
  }
  for (const [flag, value] of [['--deployment', deployment] as const, ['--name', name ?? 'a'] as const]) {
    if (NAME.test(value)) continue;
    throw new TacitError(
      'USAGE',
      `expected ${flag} of small letters, digits, dots and dashes, got ${value}. Give for example ${flag} clinic`,
    );
  }
  const subject = { deployment, role, name: name ?? role };
  const files = writeKey(out, subject, await makeKey(subject, days));
  const { pin } = readCertificate(files.certificate);
  if (json) printJson({ ...files, pin });
  else printText(`${files.key}\n${files.certificate}\n${pin}`);
}
