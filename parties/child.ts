/** The entry of every party process: gets its configuration from the launcher, plays its role, and never outlives the launcher. @module */
import { runDealer } from '../src/roles/dealer.js';
import { runParty } from '../src/roles/party.js';
import { runClient } from './client.js';
import type { PartyConfig, Report } from './config.js';
import { failureOf } from './failure.js';

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

function fail(error: unknown): void {
  // let abort frames and the report leave before the process does
  setTimeout(() => process.exit(1), 200);
  report(failureOf(error));
}

process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', fail);
process.on('SIGINT', () => {
  // the launcher decides: a terminal sends Ctrl-C to the whole group
});
process.once('message', (config: PartyConfig) => {
  play(config).then(() => reported.then(() => process.exit(0)), fail);
});
