/** Dealer, two parties, owner and client in one process over real sockets, with stores that outlive a session. */
import { randomBytes } from 'node:crypto';
import { TacitError } from '../../src/core/errors.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import type { PlanInput } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import type { Client } from '../../src/roles/client.js';
import { connect } from '../../src/roles/connect.js';
import { runDealer } from '../../src/roles/dealer.js';
import type { Address } from '../../src/roles/options.js';
import { sendModel } from '../../src/roles/owner.js';
import { type PartyOptions, runParty } from '../../src/roles/party.js';
import { Session } from '../../src/session/session.js';
import { OwnerStore } from '../../src/store/owner-store.js';
import { type StoreOwner, storeFolder } from '../../src/store/root.js';
import { storageIn } from '../../src/store/storage-folder.js';
import { dial } from '../../src/transport/dial.js';

const TIMEOUT_MS = 5000;

export interface SessionSetting {
  readonly plan: PlanInput;
  readonly model: FixedModel;
  /** The root of the stores, or a folder for each participant. */
  readonly store: string | Partial<Record<StoreOwner, string>>;
  /** Puts something between party 1 and the URL where party 0 listens. */
  readonly between?: (url: string) => Promise<string>;
}

/** What all participants but the client do. A participant ends with the code of what ended it, or ok. */
export interface Cast {
  readonly urls: readonly [string, string];
  readonly session: string;
  readonly ended: Record<'party0' | 'party1' | 'dealer' | 'owner', Promise<string>>;
}

const KERNELS = wasmKernels(loadKernelModule());

function outcome(work: Promise<void>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: { code?: string; message: string }) => `${error.code ?? 'INTERNAL'}: ${error.message}`,
  );
}

/** The model owner of one session. */
export async function share(
  { plan: input, model }: Pick<SessionSetting, 'plan' | 'model'>,
  session: string,
  urls: readonly [string, string],
  folder: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const plan = compilePlan(input);
  const owner = new Session(
    { role: 'owner', planDigest: plan.digest, trust: plan.trust, session },
    { timeoutMs: TIMEOUT_MS },
  );
  signal?.addEventListener('abort', () =>
    owner.fail(new TacitError('INTERRUPTED', 'expected to finish, was interrupted. Start again')),
  );
  const store = new OwnerStore(storageIn(folder));
  try {
    await owner.run(async () => {
      const first = await owner.join(await dial(urls[0], TIMEOUT_MS, signal), ['party0']);
      const second = await owner.join(await dial(urls[1], TIMEOUT_MS, signal), ['party1']);
      owner.expectEnd();
      await sendModel(plan, KERNELS, model, [first, second], store);
    });
    owner.finish();
  } finally {
    await store.close();
  }
}

/** Starts all but the client. @param owner who shares the model */
export async function startCast(setting: SessionSetting, owner: typeof share = share): Promise<Cast> {
  const { plan, store } = setting;
  const folderOf = (owner: StoreOwner): string | undefined =>
    typeof store === 'string' ? storeFolder(store, owner) : store[owner];
  const session = randomBytes(16).toString('hex');
  const common = { plan, session, timeoutMs: TIMEOUT_MS };
  const ended: Partial<Cast['ended']> = {};
  const start = (role: 'party0' | 'party1', more: Partial<PartyOptions>): Promise<string> =>
    new Promise((resolve) => {
      const folder = folderOf(role);
      const config = { ...common, role, listen: { host: '127.0.0.1', port: 0 }, ...(folder ? { store: folder } : {}) };
      const onListening = ({ port }: Address): void => resolve(`ws://127.0.0.1:${port}`);
      ended[role] = outcome(runParty({ ...config, parties: [], ...more, onListening }));
      void ended[role].then(resolve);
    });
  const url0 = await start('party0', {});
  const url1 = await start('party1', { parties: [setting.between ? await setting.between(url0) : url0] });
  const urls = [url0, url1] as const;
  const folder = folderOf('dealer');
  ended.dealer =
    plan.trust.preprocessing === 'dealer'
      ? outcome(runDealer({ ...common, urls, ...(folder ? { store: folder } : {}) }))
      : Promise.resolve('ok');
  ended.owner = outcome(owner(setting, session, urls, folderOf('owner')));
  return { urls, session, ended: ended as Cast['ended'] };
}

/** One whole session. @throws what ended it otherwise than by the client */
export async function inSession<T>(setting: SessionSetting, work: (client: Client) => Promise<T>): Promise<T> {
  const { urls, session, ended } = await startCast(setting);
  const all = Promise.all(Object.entries(ended).map(async ([role, end]) => `${role} ${await end}`));
  const failed = all.then((ends): never => {
    throw new Error(ends.join('\n'));
  });
  failed.catch(() => {});
  const done = (async () => {
    const client = await connect({ urls, plan: setting.plan, session, timeoutMs: TIMEOUT_MS });
    const result = await work(client);
    await client.end();
    return result;
  })();
  const result = await Promise.race([done, failed]).catch(async (error: unknown) => {
    // their stores are free only then
    await all;
    throw error;
  });
  const bad = (await all).filter((end) => !end.endsWith(' ok'));
  if (bad.length > 0) throw new Error(bad.join('\n'));
  return result;
}
