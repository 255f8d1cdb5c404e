/** Every role by itself, over sockets: `node examples/roles.mjs party0`, and so on, each in a terminal or on a machine of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, loadModel, predictor, quantize } from 'tacit-mpc';
import { runDealer, runOwner, runParty } from 'tacit-mpc/party';

// where party 0 and party 1 listen, and the file of the public graph (shapes, scales, widths; no weights) that every role reads
const { HOSTS = '127.0.0.1,127.0.0.1', PORTS = '9100,9101', GRAPH = 'graph.json' } = process.env;
const ports = PORTS.split(',').map(Number);
const listen = HOSTS.split(',').map((host, party) => ({ host, port: ports[party] }));
const urls = listen.map(({ host, port }) => `ws://${host}:${port}`);
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'label' };
const planOf = (graph) => ({ plan: { graph, batch: 1, trust }, session: 'example', timeoutMs: 30_000 });
const inputRange = { low: 0, high: 1 };
const readModel = async () => (await quantize(await loadModel('models/zoo/secureml/model.json'), { inputRange })).model;

const roles = {
  publish: async () => writeFileSync(GRAPH, JSON.stringify((await readModel()).graph)),
  party0: (common) => runParty({ ...common, role: 'party0', listen: listen[0], parties: [] }),
  party1: (common) => runParty({ ...common, role: 'party1', listen: listen[1], parties: [urls[0]] }),
  dealer: (common) => runDealer({ ...common, urls }),
  owner: async (common) => runOwner({ ...common, urls, model: await readModel() }),
  client: async (common) => {
    const client = await connect({ ...common, urls });
    const { values, costs } = await predictor(client)(new Float32Array(784).fill(0.5));
    console.log(`label ${values[0]}, in ${costs[0].online.rounds} rounds`);
    await client.end();
  },
};
const failed = (error) => ([process.exitCode] = [1, console.error(error.message)]);
const role = process.argv[2] ?? 'no role';
const run =
  roles[role] ?? (() => Promise.reject(Error(`expected one of ${Object.keys(roles).join(', ')}, got ${role}`)));
const read = async () => (role in roles && role !== 'publish' ? planOf(JSON.parse(readFileSync(GRAPH, 'utf8'))) : {});
await read().then(run).catch(failed);
