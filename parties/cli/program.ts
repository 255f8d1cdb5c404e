/** The commands of `tacit`. What a command needs is loaded where it is named, so that help and wrong calls answer at once. @module */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { Printed, speakPlainly } from './usage.js';

interface Entry {
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** To add a command: its file, and its line here. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    description: 'private inference on handwritten digits: dealer, two parties and client, each a process of its own',
    load: async () => (await import('./demo.js')).demoCommand(),
  },
  infer: {
    description: 'run a model privately on this machine, every party a process of its own',
    load: async () => (await import('./infer.js')).inferCommand(),
  },
  prepare: {
    description: 'make bundles of correlated randomness ahead, so that an inference has its online phase alone',
    load: async () => (await import('./prepare.js')).prepareCommand(),
  },
  plan: {
    description: 'the steps of a private run: ranges that are proven, bytes, rounds and predicted time',
    load: async () => (await import('./plan.js')).planCommand(),
  },
  store: {
    description: 'list, verify or prune the bundles that tacit prepare has made',
    load: async () => (await import('./store.js')).storeCommand(),
  },
  audit: {
    description: 'attack a private service as its clients could, and say what each policy leaves them',
    load: async () => (await import('../../audit/cli.js')).auditCommand(),
  },
  keygen: {
    description: 'the key of a participant of a deployment, and its certificate',
    load: async () => (await import('./keygen.js')).keygenCommand(),
  },
  deployment: {
    description: 'the file that says who takes part, on machines of their own',
    load: async () => (await import('./deployment.js')).deploymentCommand(),
  },
  party: {
    description: 'serve as a party of a deployment',
    load: async () => (await import('./serve.js')).partyCommand(),
  },
  dealer: {
    description: 'serve as the dealer of a deployment',
    load: async () => (await import('./serve.js')).dealerCommand(),
  },
  share: {
    description: 'give each party of a deployment its share of a model',
    load: async () => (await import('./share.js')).shareCommand(),
  },
  models: {
    description: 'what a deployment serves',
    load: async () => (await import('./models.js')).modelsCommand(),
  },
  client: {
    description: 'private inferences by the parties of a deployment',
    load: async () => (await import('./client.js')).clientCommand(),
  },
  bench: {
    description: 'measure on this machine',
    load: async () => (await import('../../bench/cli.js')).benchCommand(),
  },
};

/** Does what the arguments of the process say. @throws TacitError of what failed */
export async function run(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const tacit = new Command('tacit')
    // options after the name of a command are that command's, which may have commands of its own
    .enablePositionalOptions()
    .description('Private neural-network inference by secure multi-party computation')
    .version(version(), '--version', 'print the version')
    .addHelpText('after', '\nExample:\n  $ tacit demo');
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    // `tacit help NAME` names a command too
    const command = argv.includes(name) ? await load() : new Command(name);
    tacit.addCommand(command.description(description));
  }
  speakPlainly(tacit);
  try {
    await tacit.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Printed)) throw error;
  }
}

/** Of the package: two levels up from the source, three from dist. */
function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return String(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version);
    } catch {
      // the other one has it
    }
  }
  return 'unknown';
}
