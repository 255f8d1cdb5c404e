/** `tacit store`: what the bundle stores hold, whether it reads, and what can go. @module */
import { Command } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import type { Fault, StoreContent } from '../../src/store/inspect.js';
import type { Item, Pruned, Useless } from '../../src/store/prune.js';
import { addCommonFlags, addStoreFlag, type CommonFlags } from './flags.js';
import { printJson, printText } from './print.js';
import { DEFAULT_STORE, folderOf } from './store-flag.js';

interface StoreFlags extends CommonFlags {
  readonly store?: string;
  readonly all?: true;
  readonly dryRun?: true;
}

/** What `list` prints with --json. */
export interface ListReport {
  readonly store: string;
  readonly participants: readonly StoreContent[];
}

/** What `verify` prints with --json. */
export interface VerifyReport {
  readonly store: string;
  readonly bundles: number;
  readonly models: number;
}

/** What `prune` prints with --json. */
export interface PruneReport extends Pruned {
  readonly store: string;
  /** Nothing was removed. */
  readonly dryRun: boolean;
}

export function storeCommand(): Command {
  const store = new Command('store');
  const add = (name: string, description: string, action: (flags: StoreFlags) => Promise<void>): Command => {
    const command = new Command(name).description(description);
    addStoreFlag(command, DEFAULT_STORE);
    addCommonFlags(command).addHelpText('after', `\nExample:\n  $ tacit store ${name}`).action(action);
    store.addCommand(command, { isDefault: name === 'list' });
    return command;
  };
  add('list', 'what each participant holds', list);
  add('verify', 'read everything that waits, and compare checksums', verify);
  add('prune', 'remove what is broken or what no plan can use, and give its room back to the disk', prune)
    .option('--all', 'remove every model and bundle')
    .option('--dry-run', 'only say what would be removed, and why');
  return store.addHelpText('after', '\nExample:\n  $ tacit store list');
}

async function list(flags: StoreFlags): Promise<void> {
  const store = folderOf(flags.store);
  const { contentOf, withStores } = await import('../../src/store/inspect.js');
  const participants = await withStores(store, false, async (stores) => contentOf(stores));
  if (flags.json) printJson({ store, participants } satisfies ListReport);
  else printText(await renderList(participants));
}

async function verify(flags: StoreFlags): Promise<void> {
  const store = folderOf(flags.store);
  const [inspect, { startProgress }] = await Promise.all([
    import('../../src/store/inspect.js'),
    import('./progress.js'),
  ]);
  const progress = startProgress(1, flags.json === true, 1);
  const [faults, contents] = await inspect
    .withStores(store, false, async (stores) => {
      inspect.checkGenerations(stores);
      const faults = await inspect.verify(stores, (part) => progress.update('offline', 0, part));
      return [faults, inspect.contentOf(stores)] as const;
    })
    .finally(() => progress.stop());
  if (faults.length > 0) throw broken(faults);
  const parties = contents.filter(({ owner }) => owner !== 'dealer');
  const bundles = parties.reduce((sum, { ready }) => sum + ready, 0);
  const models = parties.reduce((sum, content) => sum + content.models.length, 0);
  if (flags.json) printJson({ store, bundles, models } satisfies VerifyReport);
  else printText(`${store}: every checksum as it was written, of ${bundles} bundles and ${models} model shares`);
}

function broken(faults: readonly Fault[]): TacitError {
  const [{ owner, what }] = faults as [Fault];
  const more = faults.length > 1 ? ` and ${faults.length - 1} more` : '';
  return new TacitError(
    'STORE_CORRUPT',
    `expected every checksum as it was written, got another for ${what} of ${owner}${more}. Run tacit store prune`,
  );
}

async function prune(flags: StoreFlags): Promise<void> {
  const store = folderOf(flags.store);
  const [inspect, pruning] = await Promise.all([
    import('../../src/store/inspect.js'),
    import('../../src/store/prune.js'),
  ]);
  const dryRun = flags.dryRun === true;
  // what another process works with is only looked at
  const pruned = await inspect.withStores(store, !dryRun, (stores) =>
    pruning.prune(stores, flags.all === true, dryRun),
  );
  const report: PruneReport = { store, dryRun, ...pruned };
  if (flags.json) printJson(report);
  else printText(await renderPrune(report));
}

const REASONS: Readonly<Record<Useless, string>> = {
  all: 'all are to go',
  damaged: 'does not read as it was written',
  version: 'of another version of the protocol: no plan of this one matches',
  other: 'the other party does not hold it',
  dealer: 'the dealer does not hold it',
  owner: 'the owner has shared the same weights anew since',
  model: 'its share of the model is gone',
  alone: 'the other party does not have it',
  unheld: 'no party holds the model',
};

/** How much goes of whom, by reason. */
export async function renderPrune({
  store,
  dryRun,
  bundles,
  models,
  before,
  after,
  items,
}: PruneReport): Promise<string> {
  const { formatBytes } = await import('./format.js');
  const lines = new Map<string, number>();
  const named = ({ owner, number, why }: Item): string =>
    `${owner}, ${number === null ? (owner.startsWith('party') ? 'model shares' : 'models') : 'bundles'}: ${REASONS[why]}`;
  for (const item of items) lines.set(named(item), (lines.get(named(item)) ?? 0) + 1);
  const sizes = dryRun
    ? `${formatBytes(before)} on disk`
    : `${formatBytes(before)} on disk before, ${formatBytes(after)} now`;
  return [
    `${store}: ${dryRun ? 'would remove' : 'removed'} ${bundles} bundles and ${models} model shares; ${sizes}`,
    ...[...lines].map(([line, count]) => `  ${count} of ${line}`),
  ].join('\n');
}

/** What the sizes count; 1 kB is 1,000 bytes. */
const LEGEND: readonly string[] = [
  'held: the model share and the bundles that are ready (of a dealer, the seeds of its factors); kB = 1,000 bytes',
  'on disk: all files of the folder, also the ledger and room of spent bundles, which tacit store prune gives back',
];

export async function renderList(participants: readonly StoreContent[]): Promise<string> {
  const { formatBytes, formatCount, shorten, table } = await import('./format.js');
  const readyOf = (model: StoreContent['models'][number] | undefined): string => {
    const others = model?.bundles.filter(({ batch }) => batch !== 1) ?? [];
    const batches =
      others.length === 0
        ? ''
        : ` (${model!.bundles.map(({ batch, ready }) => `${formatCount(ready)} of ${batch}`).join(', ')})`;
    return `${formatCount(model?.ready ?? 0)}${batches}`;
  };
  const rows = participants.flatMap(({ owner, models, spent, diskBytes }) =>
    (models.length > 0 ? models : [undefined]).map((model, i) => [
      i === 0 ? owner : '',
      model ? `${model.name ?? 'a model'} ${shorten(model.id, 9)}` : 'no model',
      readyOf(model),
      formatBytes(model?.bytes ?? 0),
      i === 0 ? formatCount(spent) : '',
      i === 0 ? formatBytes(diskBytes) : '',
    ]),
  );
  return [
    ...table([['', 'model', 'bundles ready', 'held', 'bundles spent', 'on disk'], ...rows], [0, 1]),
    '',
    ...LEGEND,
  ].join('\n');
}
