/**
 * What a compute party serves and what its client asks for: prepare a bundle, infer with it, end. Control messages travel on
 * the control lane, shares on the bundle's online lane.
 * @module
 */
import * as z from 'zod/mini';

/** A frame carries 32 bits of it; lanes of bundle 0 are the session's own. */
const bundleNumber: z.ZodMiniType<number> = z.int().check(z.minimum(1), z.maximum(0xffffffff));

/** What the client asks all compute parties. */
export const requestSchema: z.ZodMiniType<Request> = z.union([
  z.object({ op: z.literal('prepare'), number: bundleNumber, keep: z.boolean() }),
  z.object({ op: z.literal('infer'), number: bundleNumber }),
  z.object({ op: z.literal('end') }),
]);
export type Request =
  /** `keep`: for a later session, where the parties have a store that outlives this one. */
  | { readonly op: 'prepare'; readonly number: number; readonly keep: boolean }
  | { readonly op: 'infer'; readonly number: number }
  | { readonly op: 'end' };

/** Bytes that one party counted in a phase of one bundle, and its rounds. */
export interface PhaseReport {
  readonly fromDealer: number;
  readonly toPeer: number;
  readonly rounds: number;
  /** Of one of three parties: bytes that it sent, by direction. */
  readonly sent?: Readonly<Record<string, number>> | undefined;
}

const phaseReportSchema: z.ZodMiniType<PhaseReport> = z.object({
  fromDealer: z.number(),
  toPeer: z.number(),
  rounds: z.number(),
  sent: z.optional(z.record(z.string().check(z.maxLength(8)), z.number())),
});

/** Characters of the reason for which nothing, or a bundle not, could be kept. */
export const MAX_REASON = 1024;

/** What the parties have when a session begins; both tell the same. */
export interface Beginning {
  readonly report: PhaseReport;
  /** Whether they hold the model since an earlier session. */
  readonly resumed: boolean;
  /** Bundles that wait to be spent, as runs: first number, how many. */
  readonly ready: readonly (readonly [number, number])[];
  /** The lowest number that was never used. */
  readonly next: number;
  /** Why the party keeps nothing for later sessions, where it was to. */
  readonly full?: string | undefined;
}

const beginningFields: { readonly [field in keyof Beginning]-?: z.ZodMiniType<Beginning[field]> } = {
  report: phaseReportSchema,
  resumed: z.boolean(),
  ready: z.array(z.tuple([bundleNumber, z.int().check(z.positive())])),
  next: bundleNumber,
  full: z.optional(z.string().check(z.maxLength(MAX_REASON))),
};

/** What a compute party tells its client. */
export type Notice =
  | { readonly op: 'progress'; readonly phase: 'offline' | 'online'; readonly step: number; readonly steps: number }
  | ({ readonly op: 'ready' } & Beginning)
  | { readonly op: 'prepared'; readonly number: number; readonly report: PhaseReport }
  /** The bundle could not be kept, and is lost; the session goes on. */
  | { readonly op: 'unprepared'; readonly number: number; readonly code: 'STORE_FULL'; readonly message: string }
  | { readonly op: 'inferred'; readonly number: number; readonly report: PhaseReport }
  | {
      readonly op: 'ended';
      /** Of two parties: what setting up cost after all, also where some of it waited for the first bundle. */
      readonly setup?: PhaseReport | undefined;
      readonly peakMemoryBytes: number;
      readonly dealerPeakMemoryBytes?: number | undefined;
    };

export const noticeSchema: z.ZodMiniType<Notice> = z.union([
  z.object({ op: z.literal('progress'), phase: z.enum(['offline', 'online']), step: z.number(), steps: z.number() }),
  z.object({ op: z.literal('ready'), ...beginningFields }),
  z.object({ op: z.literal('prepared'), number: z.number(), report: phaseReportSchema }),
  z.object({
    op: z.literal('unprepared'),
    number: z.number(),
    code: z.literal('STORE_FULL'),
    message: z.string().check(z.maxLength(MAX_REASON)),
  }),
  z.object({ op: z.literal('inferred'), number: z.number(), report: phaseReportSchema }),
  z.object({
    op: z.literal('ended'),
    setup: z.optional(phaseReportSchema),
    peakMemoryBytes: z.number(),
    dealerPeakMemoryBytes: z.optional(z.number()),
  }),
]);

/** What party 0 asks the dealer, and its answer to `end`. */
export const dealerRequestSchema: z.ZodMiniType<DealerRequest> = z.union([
  z.object({ op: z.literal('deal'), number: bundleNumber }),
  z.object({ op: z.literal('end') }),
]);
export type DealerRequest = { readonly op: 'deal'; readonly number: number } | { readonly op: 'end' };

export const dealerEndSchema: z.ZodMiniType<{ readonly peakMemoryBytes: number }> = z.object({
  peakMemoryBytes: z.number(),
});
