// Pro Santé Connect, simulated: TLS, oidc-provider, a login page and the control interface.
//
// node server.mjs '<options as JSON>'; `python -m simulators.psc` starts it and explains each.

import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { control } from './control.mjs';
import { Faults } from './faults.mjs';
import { HttpError, readBody, sendHtml, sendJson } from './messages.mjs';
import { makeOperators, OPERATORS } from './operators.mjs';
import { loginPage } from './pages.mjs';
import { endByServer } from './logout.mjs';
import { ACR, LOGOUT, makeProvider, REALM } from './provider.mjs';
import { Store } from './store.mjs';

// The discovery document, at Pro Santé Connect's address and at the standard one of the issuer.
const DISCOVERY = new Set([
  `${REALM}/.well-known/wallet-openid-configuration`,
  `${REALM}/.well-known/openid-configuration`,
]);

/** The page where a person chooses an identity: `title`, and one button for each of `people`. */
const login = async ({ provider, people, title, acr }, request, response, path) => {
  await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    sendHtml(response, 200, loginPage(title, path, people));
    return;
  }
  if (request.method !== 'POST') throw new HttpError(405, 'GET or POST');
  const chosen = new URLSearchParams(await readBody(request)).get('professional');
  const person = people.find(({ id }) => id === chosen);
  if (!person) throw new HttpError(400, 'no such professional');
  await provider.interactionFinished(request, response, {
    login: { accountId: person.claims.sub, acr, remember: false },
  });
};

// The operators' provider answers below its own path, where the library expects a mount.
const answerOperators = async ({ operators }, request, response, path) => {
  if (path.startsWith(`${OPERATORS}/login/`)) {
    await login(operators, request, response, path);
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(OPERATORS.length);
  operators.callback(request, response);
};

const answer = async (simulator, request, response) => {
  const path = request.url.split('?', 1)[0];
  if (path.startsWith('/_sim/')) {
    await control(simulator, request, response, path);
    return;
  }
  if (await simulator.faults.play(path, response)) return;
  if (simulator.operators && path.startsWith(`${OPERATORS}/`)) {
    await answerOperators(simulator, request, response, path);
    return;
  }
  if (path.startsWith('/login/')) {
    await login(simulator, request, response, path);
    return;
  }
  if (path === LOGOUT && request.method === 'POST' && !request.headers.cookie) {
    await endByServer(simulator, request, response);
    return;
  }
  if (DISCOVERY.has(path)) request.url = '/.well-known/openid-configuration';
  simulator.callback(request, response);
};

const refuse = (response, error) => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // SessionNotFound of oidc-provider carries its own status.
  const status = error.status ?? error.statusCode ?? 500;
  if (status >= 500) console.error(error);
  sendJson(response, status, { error: status >= 500 ? 'internal error' : error.message });
};

const people = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url)));

const options = JSON.parse(process.argv[2]);
process.umask(0o077);
mkdirSync(options.data, { recursive: true });

const server = createServer({
  cert: readFileSync(options.serverCert),
  key: readFileSync(options.serverKey),
  ca: readFileSync(options.ca),
  minVersion: 'TLSv1.2',
  requestCert: true,
  rejectUnauthorized: false, // the provider decides per endpoint which clients must show a certificate
});
server.on('error', (error) => {
  console.error(error.code === 'EADDRINUSE' ? `port ${options.port} is taken` : error.message);
  process.exit(1);
});
server.listen(options.port, '127.0.0.1', () => {
  const base = `https://127.0.0.1:${server.address().port}`;
  const simulator = {
    store: new Store(join(options.data, 'psc.sqlite')),
    professionals: people('professionals.json'),
    title: 'Pro Santé Connect (simulateur)',
    acr: ACR,
    clients: options.clients.map(({ clientId, path }) => ({
      clientId,
      certificate: readFileSync(path, 'utf8'),
    })),
    faults: new Faults(),
  };
  simulator.people = simulator.professionals;
  simulator.provider = makeProvider({
    ...simulator,
    issuer: base + REALM,
    redirectUris: options.redirectUris,
  });
  simulator.callback = simulator.provider.callback();
  if (options.operators) {
    const { clientId, path, redirectUris } = options.operators;
    const clientSecret = JSON.parse(readFileSync(path, 'utf8')).client_secret;
    const operators = people('operators.json');
    const provider = makeOperators({
      base,
      store: simulator.store,
      application: { clientId, clientSecret, redirectUris },
      operators,
    });
    simulator.operators = {
      provider,
      callback: provider.callback(),
      people: operators,
      title: 'Fournisseur d’identité de l’exploitant (simulateur)',
    };
  }
  server.on('request', (request, response) => {
    answer(simulator, request, response).catch((error) => refuse(response, error));
  });
  console.log(`ready ${base}`);
});
