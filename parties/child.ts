/** The entry of every party process: gets its configuration from the launcher, plays its role, and never outlives the launcher. @module */
import { codeOf, TacitError } from '../src/core/errors.js';
import { runDealer } from '../src/roles/dealer.js';
import { runParty } from '../src/roles/party.js';
import { runClient } from './client.js';
import type { PartyConfig, PartyMessage, Report } from './config.js';

let reported: Promise<unknown> = Promise.resolve();

const report: Report = (message) => {
  const before = reported;
  reported = new Promise((resolve) => {
    if (process.connected) process.send!(message, undefined, undefined, () => resolve(before));
    else resolve(before);
  });
};

function play(config: PartyConfig): Promise<void> {
  switch (config.role) {
    case 'party0':
    case 'party1':
    case 'party2':
      return runParty({ ...config, onListening: ({ port }) => report({ type: 'listening', port }) });
    case 'dealer':
      return runDealer(config);
    case 'client':
      return runClient(config, report);
  }
}

function leave(message: PartyMessage | undefined, exitCode: number): void {
  // let abort frames and the report leave before the process does
  setTimeout(() => process.exit(exitCode), 200);
  if (message) report(message);
}

process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => {
  // the launcher decides: a terminal sends Ctrl-C to the whole group
});
process.once('message', (config: PartyConfig) => {
  play(config).then(
    () => reported.then(() => process.exit(0)),
    (error: unknown) => {
      const known = error instanceof TacitError;
      leave(
        {
          type: 'error',
          code: codeOf(error),
          message: error instanceof Error ? error.message : String(error),
          facts: known ? error.facts : {},
          ...(error instanceof Error && error.stack && !known ? { stack: error.stack } : {}),
        },
        1,
      );
    },
  );
});
