/** A process that plays one of three parties, session after session, and misbehaves when it is told to: from the build, so that it starts fast. */
const { runParty } = await import('../../dist/src/roles/party.js');
const { Lane } = await import('../../dist/src/transport/channel.js');

let misbehaving = false;
const { send } = Lane.prototype;
Lane.prototype.send = function (step, bytes) {
  return send.call(this, misbehaving && this.phase === 'online' ? step + 1 : step, bytes);
};

const report = (message) => process.connected && process.send(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (config) => {
  misbehaving = config === 'misbehave';
  if (misbehaving) return;
  const onListening = ({ port }) => report({ type: 'listening', port });
  runParty({ ...config, onListening }).then(
    () => report({ type: 'ended', code: 'ok' }),
    (error) => report({ type: 'ended', code: error.code ?? 'INTERNAL' }),
  );
});
