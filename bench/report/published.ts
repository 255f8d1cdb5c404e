/** Figures that others published: their machines, their networks. Shown apart from ours, never mixed with them. @module */

export interface Published {
  readonly network: string;
  readonly system: string;
  readonly technique: string;
  /** Total and online, seconds; latency for homomorphic encryption. */
  readonly seconds: string;
  readonly megabytes: string;
  readonly source: string;
}

export const PUBLISHED: readonly Published[] = [
  row('secureml', 'SecureML', 'MPC, 2 parties', '4.88 / 0.18', '', 'https://eprint.iacr.org/2017/396'),
  row('secureml', 'SecureNN', 'MPC, 3 servers', '– / 0.043', '2.1', 'https://eprint.iacr.org/2018/442'),
  row('minionn-mnist', 'MiniONN', 'MPC, 2 parties', '9.32 / 5.74', '657', 'https://eprint.iacr.org/2017/452'),
  row('minionn-mnist', 'EzPC', 'MPC, 2 parties', '5.1', '501', 'https://eprint.iacr.org/2017/1109'),
  row('minionn-mnist', 'Gazelle', 'HE and MPC, 2 parties', '0.81 / 0.33', '70', 'https://eprint.iacr.org/2018/073'),
  row('minionn-mnist', 'XONN', 'MPC, binarised weights', '0.15', '32', 'https://arxiv.org/abs/1902.07342'),
  row('minionn-cifar', 'MiniONN', 'MPC, 2 parties', '544 / 72', '9,272', 'https://eprint.iacr.org/2017/452'),
  row('minionn-cifar', 'Gazelle', 'HE and MPC, 2 parties', '12.9 / 3.56', '1,236', 'https://eprint.iacr.org/2018/073'),
  row('minionn-cifar', 'CrypTFlow2', 'HE and MPC, 2 parties', '18.3 / 0.42', '', 'https://eprint.iacr.org/2020/1002'),
  row('squeezenet', 'Cheetah', 'HE and MPC, 2 parties, LAN', '16', '500', 'https://eprint.iacr.org/2022/207'),
  row('squeezenet', 'CrypTFlow2', 'HE and MPC, 2 parties, LAN', '59', '5,300', 'https://eprint.iacr.org/2020/1002'),
  row('lenet', 'Falcon', 'MPC, 3 parties', '0.047, WAN 3.06', '0.74', 'https://arxiv.org/abs/2004.02229'),
  row(
    'cryptonets',
    'CryptoNets',
    'HE, 4,096 or 8,192 images at once; about 59,000 predictions an hour',
    '250 to 298',
    '',
    'https://proceedings.mlr.press/v48/gilad-bachrach16.html',
  ),
  row('cryptonets', 'LoLa', 'HE, one image', '2.2', '', 'https://arxiv.org/abs/1812.10659'),
];

function row(
  network: string,
  system: string,
  technique: string,
  seconds: string,
  megabytes: string,
  source: string,
): Published {
  return { network, system, technique, seconds, megabytes, source };
}
