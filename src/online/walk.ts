/** The online phase walks the plan: each step's protocol on shares, whatever the sharing scheme. @module */
import type { Share } from '../core/secret.js';
import { lastUses } from '../plan/compile.js';
import { Turns } from '../platform/turns.js';
import type { Protocol, Running } from '../protocols/protocol.js';
import { type InputStep, type StepBase, sourcesOf } from '../steps/step.js';

/** Step protocols by kind. */
type Table<Context, Value> = Readonly<Record<string, Pick<Protocol<StepBase, never, never, Context, Value>, 'load'>>>;

export interface Walk<Context, Value> {
  readonly steps: readonly Walked[];
  /** The tensor that is opened to the client. */
  readonly opened: number;
  readonly context: Context;
  readonly input: Share<Value>;
  /** Called with each step's output share, for progress and for tests. */
  readonly onStep?: ((index: number, share: Share<Value>) => void) | undefined;
}

type Walked =
  | InputStep
  | (StepBase & { readonly kind: string } & ({ readonly source: number } | { readonly sources: readonly number[] }));

/** This party's share of the tensor that is opened. */
export async function walk<Context, Value>(
  protocols: Table<Context, Value>,
  { steps, opened, context, input, onStep }: Walk<Context, Value>,
): Promise<Share<Value>> {
  const running = await loadAll(protocols, steps);
  const lastUse = lastUses(steps, opened);
  const tensors = new Map<number, Share<Value>>();
  const turns = new Turns();
  for (const step of steps) {
    const sources = sourcesOf(step).map((source) => tensors.get(source)!);
    const share = step.kind === 'input' ? input : await running.get(step.kind)!.run(context, step, sources);
    tensors.set(step.index, share);
    onStep?.(step.index, share);
    await turns.due();
    for (const [index, last] of lastUse.entries()) if (last === step.index) tensors.delete(index);
  }
  return tensors.get(opened)!;
}

async function loadAll<Context, Value>(
  protocols: Table<Context, Value>,
  steps: readonly Walked[],
): Promise<Map<string, Running<StepBase, Context, Value>>> {
  const running = new Map<string, Running<StepBase, Context, Value>>();
  for (const { kind } of steps) {
    if (kind !== 'input' && !running.has(kind)) running.set(kind, await protocols[kind]!.load());
  }
  return running;
}
