/** Every role by itself, over sockets: `node examples/roles.mjs party0`, and so on, each in a terminal or on a machine of its own. */
import { connect, decode, encode, loadModel, quantize } from 'tacit-mpc';
import { runDealer, runOwner, runParty } from 'tacit-mpc/party';

const host = '127.0.0.1';
const ports = (process.env.PORTS ?? '9100,9101').split(',').map(Number);
const urls = ports.map((port) => `ws://${host}:${port}`);

// public, and the same for all: they compare it when they meet
const { model } = quantize(await loadModel('models/zoo/secureml/model.json'), { inputRange: { low: 0, high: 1 } });
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'label' };
const common = { plan: { graph: model.graph, batch: 1, trust }, session: 'example', timeoutMs: 30_000 };

const roles = {
  party0: () => runParty({ ...common, role: 'party0', listen: { host, port: ports[0] }, parties: [] }),
  party1: () => runParty({ ...common, role: 'party1', listen: { host, port: ports[1] }, parties: [urls[0]] }),
  dealer: () => runDealer({ ...common, urls }),
  owner: () => runOwner({ ...common, urls, model }),
  client: async () => {
    const client = await connect({ ...common, urls });
    const bundle = client.next;
    await client.prepare(bundle);
    const { ringBits, nodes } = model.graph;
    const input = encode(ringBits, nodes[0].fractionBits, new Float32Array(784).fill(0.5), { low: 0, high: 1 });
    const { output, online } = await client.infer(bundle, input);
    console.log(`label ${decode(ringBits, 0, output)[0]}, in ${online.rounds} rounds`);
    await client.end();
  },
};

const role = process.argv[2];
await (roles[role] ?? (() => console.error(`expected one of ${Object.keys(roles).join(', ')}, got ${role}`)))();
