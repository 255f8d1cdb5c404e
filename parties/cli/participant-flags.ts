/** --deployment and --key: who calls a deployment from this machine. @module */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import type { Participant } from '../../src/service/config.js';

export interface ParticipantFlags {
  readonly deployment: string;
  readonly key?: string;
}

/** @param stem of the key's file by default, in words */
export function addParticipantFlags(command: Command, stem: string): Command {
  return command
    .requiredOption('--deployment <file>', 'the deployment file')
    .option(
      '--key <file>',
      `the key, with its certificate beside it (default: ${stem}.key beside the deployment file)`,
    );
}

/** @param stem of the key's file @throws TacitError USAGE where it is not clear which key is meant; as `readParticipant` */
export async function participantOf({ deployment, key }: ParticipantFlags, stem: RegExp): Promise<Participant> {
  const { readParticipant } = await import('../../src/service/config.js');
  const file = key ?? onlyKey(dirname(deployment), stem);
  return readParticipant({ deployment, key: file, certificate: file.replace(/\.key$/, '.pem') });
}

function onlyKey(folder: string, stem: RegExp): string {
  const found = readdirSync(folder).filter((file) => file.endsWith('.key') && stem.test(file));
  if (found.length === 1) return join(folder, found[0]!);
  throw new TacitError('USAGE', `expected one key beside the deployment file, got ${found.length}. Give --key`);
}
