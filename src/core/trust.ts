/** The trust model as a value: named in the configuration, sent in the handshake, shown with every result. @module */

/** What the client learns: the logits, the index of the largest, or the indices of the K largest in order. */
export type Reveal = 'logits' | 'label' | `top:${number}`;

/** Who makes the correlated randomness: a third process, or the two parties themselves by oblivious transfer. */
export const PREPROCESSINGS = {
  dealer: { dealer: true, who: '2 parties and a dealer' },
  ot: { dealer: false, who: '2 parties alone' },
} as const;
export type Preprocessing = keyof typeof PREPROCESSINGS;

export interface TwoPartyTrust {
  readonly parties: 2;
  readonly preprocessing: Preprocessing;
  readonly security: 'semi-honest';
  readonly reveal: Reveal;
}

/** Three parties of which no two collude need no correlated randomness but keys that each pair agrees on. */
export interface ThreePartyTrust {
  readonly parties: 3;
  readonly preprocessing: 'none';
  readonly security: 'semi-honest';
  readonly reveal: Reveal;
}

export type TrustModel = TwoPartyTrust | ThreePartyTrust;

/** How many indices a reveal policy opens; 0 for the logits themselves. */
export function revealedIndices(reveal: Reveal): number {
  if (reveal === 'logits') return 0;
  return reveal === 'label' ? 1 : Number(reveal.slice('top:'.length));
}

/** The trust model in one sentence for a person. */
export function describeTrust(trust: TrustModel): string {
  const learns =
    trust.reveal === 'logits'
      ? 'the logits'
      : trust.reveal === 'label'
        ? 'the label'
        : `the ${trust.reveal.slice(4)} best labels`;
  if (trust.parties === 3) {
    return `3 parties with an honest majority, ${trust.security}: no two of the three collude, nor one of them with the client; the client alone learns ${learns}; the architecture is public`;
  }
  const { who } = PREPROCESSINGS[trust.preprocessing];
  return `${who}, ${trust.security}: no two participants collude; the client alone learns ${learns}; the architecture is public`;
}

/** `dealer or ot`: every value of --preprocessing, as a person reads a choice. @param name what stands for one */
export function preprocessingChoice(name: (key: Preprocessing) => string = (key) => key): string {
  const names = (Object.keys(PREPROCESSINGS) as Preprocessing[]).map(name);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`;
}

export function isPreprocessing(text: string): text is Preprocessing {
  return Object.hasOwn(PREPROCESSINGS, text);
}

/** Whether a dealer takes part. */
export function hasDealer(trust: TrustModel): boolean {
  return trust.parties === 2 && PREPROCESSINGS[trust.preprocessing].dealer;
}
