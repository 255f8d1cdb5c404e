/** What carries frames from one party to another: a WebSocket, or memory in tests. In order, whole messages. @module */

/** Who a link's far end is, by the certificate that it has proven to hold. */
export interface Certified {
  readonly role: string;
  /** Of a client; the role's where there is one of it. */
  readonly name: string;
  /** `sha256:` and the digest of the certificate, hex. */
  readonly pin: string;
}

/** What this end shows of itself on a secured link, and what it makes of the far end's certificate. */
export interface Credentials {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  /**
   * Who a certificate is of, DER; undefined where none was shown.
   * @throws ProtocolError CERTIFICATE_UNKNOWN, _WRONG, _EXPIRED or _REVOKED, DEPLOYMENT_MISMATCH
   */
  readonly identify: (certificate: Uint8Array | undefined) => Certified;
}

/** What a secured link knows. */
export interface Security {
  readonly peer: Certified;
  /** Secret bytes that both ends of this one connection share, by a label of their use (RFC 8446, section 7.5). */
  readonly exported: (label: string) => Uint8Array;
}

export interface Link {
  /** Where both ends have shown certificates. */
  readonly security?: Security | undefined;
  /** The far end may send no message of more than so many bytes; without it as many as a frame has. Told again once the far end is known. */
  limit?(bytes: number): void;
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
  /** Of this end, of a link that is secured by the certificates of a deployment. */
  readonly credentials?: Credentials | undefined;
}

/** One try to reach a party; rejects where it does not listen, and with a TacitError where trying again is of no use. */
export type Dialler = (url: string, options: DialOptions) => Promise<Link>;

/** Latency and rate of a shaped link; see shape.ts. */
export interface NetworkProfile {
  readonly name: string;
  /** Milliseconds for a round trip. */
  readonly roundTripMs: number;
  /** Megabits (10^6) a second in each direction. */
  readonly megabits: number;
}
