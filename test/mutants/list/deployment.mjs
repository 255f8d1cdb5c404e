/** Who is let in, and what a stranger may hold. */
const certificate = 'src/deployment/certificate.ts';
const keyTests = ['test/deployment/keys.test.ts'];
const strangerTests = ['test/session/strangers.test.ts'];
const serviceTests = ['test/service/service.test.ts'];

export const mutants = [
  {
    id: 'certificate-any-pin',
    file: certificate,
    find: "if (known !== pin) throw refusal('CERTIFICATE_WRONG'",
    replace: "if (known === '') throw refusal('CERTIFICATE_WRONG'",
    tests: keyTests,
    secrecy: true,
    why: 'a certificate that one made oneself is nobody',
  },
  {
    id: 'certificate-revoked',
    file: certificate,
    find: 'if (deployment.revoked.includes(pin))',
    replace: "if (deployment.revoked.includes(''))",
    tests: keyTests,
    secrecy: true,
    why: 'what is revoked lets nobody in',
  },
  {
    id: 'certificate-forever',
    file: certificate,
    find: '|| now > Date.parse(parsed.validTo)',
    replace: '',
    tests: keyTests,
    why: 'certificates end',
  },
  {
    id: 'certificate-deployment',
    file: certificate,
    find: 'if (subject.deployment !== deployment.deployment)',
    replace: "if (subject.deployment === '')",
    tests: keyTests,
    why: 'a certificate is of one deployment',
  },
  {
    id: 'key-exposed',
    file: 'src/deployment/keys.ts',
    find: '(mode & OTHERS) !== 0',
    replace: '(mode & OTHERS) === OTHERS',
    tests: keyTests,
    secrecy: true,
    why: 'a key that the group or others can read is refused',
  },
  {
    id: 'greeting-role-certified',
    file: 'src/session/session.ts',
    find: 'if (side.certified !== undefined && peer.role !== side.certified)',
    replace: 'if (side.certified !== undefined && peer.role === side.certified + peer.role)',
    tests: ['test/transport/tls.test.ts'],
    secrecy: true,
    why: 'a role is that of the certificate',
  },
  {
    id: 'stranger-forever',
    file: 'src/transport/strangers.ts',
    find: 'this.#wait(stranger, GREETING_MS);',
    replace: 'this.#wait(stranger, 100 * GREETING_MS);',
    tests: strangerTests,
    why: 'a stranger greets soon or goes',
  },
  {
    id: 'stranger-large-frame',
    file: 'src/transport/channel.ts',
    find: 'if (options.stranger) link.limit?.(HEADER_BYTES + MAX_GREETING);',
    replace: 'if (options.stranger) link.limit?.(MAX_FRAME);',
    tests: strangerTests,
    why: 'a stranger holds no room of a large frame',
  },
  {
    id: 'stranger-many-greetings',
    file: 'src/transport/channel.ts',
    find: '!this.#trusted && this.#queued > HEADER_BYTES + MAX_GREETING',
    replace: '!this.#trusted && this.#queued > 100 * MAX_GREETING',
    tests: strangerTests,
    why: 'a stranger says one thing',
  },
  {
    id: 'card-signature',
    file: 'src/service/card.ts',
    find: "if (role !== 'owner') throw bad",
    replace: "if (role === '') throw bad",
    tests: serviceTests,
    secrecy: true,
    why: "a card is its owner's",
  },
];
