/** `tacit party` and `tacit dealer`: services on a machine of their own. @module */
import { Command } from 'commander';
import type { ComputingRole } from '../../src/deployment/deployment.js';
import { addCommonFlags, type CommonFlags } from './flags.js';
import { interruptible } from './interrupt.js';

interface ServeFlags extends CommonFlags {
  readonly config: string;
}

const HELP = `
The file (YAML or JSON) names, relative to itself, the deployment file, the key and the certificate, and a folder for
models and bundles; see docs/deploy.md. What happens is told on stderr, a line each; a signal ends the service.

Example:
  $ tacit NAME --config NAME.yaml`;

export function partyCommand(): Command {
  return serveCommand('party', ['party0', 'party1', 'party2']);
}

export function dealerCommand(): Command {
  return serveCommand('dealer', ['dealer']);
}

function serveCommand(name: string, roles: readonly ComputingRole[]): Command {
  const command = new Command(name).requiredOption('--config <file>', 'the configuration of this participant');
  return addCommonFlags(command)
    .addHelpText('after', HELP.replaceAll('NAME', name))
    .action(async ({ config, json }: ServeFlags) => {
      const [{ readConfig }, { serve }] = await Promise.all([
        import('../../src/service/config.js'),
        import('../../src/service/service.js'),
      ]);
      const own = readConfig(config, roles);
      await interruptible((signal) =>
        serve(own, {
          signal,
          onEvent: (event) => {
            const line = Object.entries(event)
              .map(([key, value]) => `${key}=${value}`)
              .join(' ');
            process.stderr.write(json ? `${JSON.stringify(event)}\n` : `tacit: ${own.subject.role} ${line}\n`);
          },
        }),
      );
    });
}
