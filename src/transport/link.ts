/** What carries frames from one party to another: a WebSocket, or memory in tests. In order, whole messages. @module */

export interface Link {
  /**
   * Resolves when the link can take more, undefined where it can at once; rejects never (a broken link tells `onClose`).
   * @param done called when the bytes have left and their memory may be used again; never where a receiver shares it
   */
  send(bytes: Uint8Array<ArrayBuffer>, done?: () => void): Promise<void> | undefined;
  /** Sets the receiver. Messages that came before are handed over at once. */
  onMessage(receive: (bytes: Uint8Array) => void): void;
  /** Called once, when the link is closed by either side, breaks, or its far end has stalled. */
  onClose(closed: (reason: string, stalled: boolean) => void): void;
  /** Takes nothing from the far end until `resume`, so that its `send` comes to wait. A few messages may still be handed over. */
  pause(): void;
  resume(): void;
  /** Closes after what was sent has left. */
  close(): void;
}

export interface DialOptions {
  /** A far end that is silent for so long has stalled. */
  readonly timeoutMs: number;
  /** How long this try may take. */
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** One try to reach a party; rejects where it does not listen. */
export type Dialler = (url: string, options: DialOptions) => Promise<Link>;

/** Latency and rate of a shaped link; see shape.ts. */
export interface NetworkProfile {
  readonly name: string;
  /** Milliseconds for a round trip. */
  readonly roundTripMs: number;
  /** Megabits (10^6) a second in each direction. */
  readonly megabits: number;
}
