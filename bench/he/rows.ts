/** Homomorphic evaluations as rows of the report. @module */
import { SQUARE_NETWORK } from '../../models/zoo.js';
import type { AccuracyRow, LinkName, Row } from '../results.js';
import { clientMs, TRANSFER_NOTE } from '../shaping.js';
import type { HeFigures } from './measure.js';

const TRUST =
  '1 server and the client, who alone has the key, semi-honest: the server learns nothing of the input and keeps its model; circuit privacy is not added';

/** "HE, one image" or "HE, 8,192 at once". */
export function nameOf({ packing, batch }: HeFigures): string {
  return packing === 'lola' ? 'HE, one image' : `HE, ${batch.toLocaleString('en-US')} at once`;
}

/** Client and server as measured; over a link, one upload and one download at its nominal rate are added. */
export function heRow(figures: HeFigures, link: LinkName): Row {
  const { packing, batch, bytes, ms, parameters, passes, warmPasses, extrapolated } = figures;
  const moved = bytes.upload + bytes.download;
  const delayed = link !== 'none';
  const notes = [
    ...(extrapolated ? [`server extrapolated from ${(100 * figures.sample).toFixed(0)} % of its work`] : []),
    ...(passes === 1 && warmPasses === 0 ? ['one pass, no warm-up'] : []),
    ...(delayed ? [TRANSFER_NOTE] : []),
  ];
  return {
    key: `${SQUARE_NETWORK}/he/${packing}/${link}/${batch}`,
    network: SQUARE_NETWORK,
    technique: 'he',
    name: nameOf(figures),
    detail:
      `${figures.library}; degree ${parameters.degree}, ${parameters.coefficientBits}-bit modulus, ${parameters.securityBits}-bit security; ` +
      `${figures.noiseBudgetBits} bits of noise budget left; ${figures.threads} thread${figures.threads > 1 ? 's' : ''}`,
    trust: TRUST,
    link,
    batch,
    ms: { offline: 0, online: ms.encrypt + ms.server + ms.decrypt + clientMs(link, moved) },
    bytes: { setup: bytes.keys, offline: 0, online: 0, client: moved },
    rounds: 2,
    peakMemoryBytes: figures.peakMemoryBytes,
    exact: figures.exactImages === figures.images,
    passes,
    warmPasses,
    extrapolated: extrapolated || delayed,
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  };
}

/** The integer network in the clear and under encryption, on the same images; none where only a sample of it was evaluated. */
export function heAccuracy(figures: HeFigures): AccuracyRow[] {
  const { packing, images, accuracy, agreement, integers, exactImages } = figures;
  if (accuracy === null || integers === null) return [];
  const common = { network: SQUARE_NETWORK, images };
  return [
    {
      ...common,
      key: `${SQUARE_NETWORK}/fixed/${packing}`,
      technique: 'fixed',
      name: 'integers of HE, in the clear',
      ...integers,
      exactImages: null,
    },
    {
      ...common,
      key: `${SQUARE_NETWORK}/he/${packing}`,
      technique: 'he',
      name: nameOf(figures),
      accuracy,
      agreement,
      exactImages,
    },
  ];
}
