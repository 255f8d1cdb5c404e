/** `tacit deployment init`: the file that says who takes part. @module */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { addCommonFlags, type CommonFlags } from './flags.js';
import { printJson, printText } from './print.js';

interface InitFlags extends CommonFlags {
  readonly certificates: string;
  readonly party0: string;
  readonly party1: string;
  readonly party2?: string;
  readonly dealer?: string;
  readonly out: string;
}

const HELP = `
The folder holds the certificates of all participants: party0.pem, party1.pem, dealer.pem (or party2.pem), owner.pem
and client-NAME.pem of each client, as tacit keygen made them on each machine. The file has no secret; every participant
gets the same, and compares its pins with those that tacit keygen printed.

Example:
  $ tacit deployment init --party0 a.example:7100 --party1 b.example:7100 --dealer c.example:7100`;

export function deploymentCommand(): Command {
  const init = new Command('init')
    .description('write a deployment file from the certificates of all participants')
    .option('--certificates <dir>', 'where their certificates are', '.')
    .requiredOption('--party0 <host:port>', 'where party 0 listens')
    .requiredOption('--party1 <host:port>', 'where party 1 listens')
    .option('--party2 <host:port>', 'where party 2 listens, of three')
    .option('--dealer <host:port>', 'where the dealer listens, of two parties with one')
    .option('--out <file>', 'the file to write', 'deployment.yaml');
  addCommonFlags(init).addHelpText('after', HELP).action(initDeployment);
  return new Command('deployment').addCommand(init);
}

async function initDeployment(flags: InitFlags): Promise<void> {
  const { certificates, out, json } = flags;
  const [{ parseDeployment }, { readCertificate }, { stringify }] = await Promise.all([
    import('../../src/deployment/deployment.js'),
    import('../../src/deployment/keys.js'),
    import('yaml'),
  ]);
  if (existsSync(out)) throw new TacitError('USAGE', `expected no ${out}, there is one. Give another --out`);
  const read = (stem: string) => readCertificate(join(certificates, `${stem}.pem`));
  const located = (role: 'party0' | 'party1' | 'party2' | 'dealer', address: string) => ({
    address,
    pin: read(role).pin,
  });
  const clients = readdirSync(certificates)
    .filter((file) => /^client-.*\.pem$/.test(file))
    .map((file) => read(file.slice(0, -'.pem'.length)))
    .map(({ subject, pin }) => ({ name: subject.name, pin }));
  const { deployment } = read('owner').subject;
  const value = {
    deployment,
    parties: [
      located('party0', flags.party0),
      located('party1', flags.party1),
      ...(flags.party2 === undefined ? [] : [located('party2', flags.party2)]),
    ],
    ...(flags.dealer === undefined ? {} : { dealer: located('dealer', flags.dealer) }),
    owner: { pin: read('owner').pin },
    clients,
    revoked: [],
  };
  parseDeployment(value, out);
  writeFileSync(out, stringify(value), { flag: 'wx' });
  if (json) printJson({ file: out, ...value });
  else printText(`${out}: ${deployment}, ${value.parties.length} parties, ${clients.length} clients`);
}
