/** A process that plays one participant after another session, until it is killed: from the build, so that it starts fast. */
const { runParty } = await import('../../dist/src/roles/party.js');
const { runDealer } = await import('../../dist/src/roles/dealer.js');

const report = (message) => process.connected && process.send(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (config) => {
  const onListening = ({ port }) => report({ type: 'listening', port });
  const playing = config.role === 'dealer' ? runDealer(config) : runParty({ ...config, onListening });
  playing.then(
    () => report({ type: 'ended', code: 'ok' }),
    (error) => report({ type: 'ended', code: error.code ?? 'INTERNAL', message: error.stack }),
  );
});
report({ type: 'up' });
