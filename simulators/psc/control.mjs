// The control interface under /_sim/: tokens for scripts, the state, faults, revocation.

import { createHash } from 'node:crypto';

import { HttpError, readObject, sendJson } from './messages.mjs';
import { SCOPE } from './provider.mjs';

const MAX_LIFE = 3600; // seconds

const bySub = (professionals, sub) => professionals.find(({ claims }) => claims.sub === sub);

/** A real access token in the provider's own store, under a grant of its own. */
const issueToken = async ({ provider, professionals, clients }, body) => {
  const {
    professional: id = professionals[0].id,
    client_id: clientId = clients[0].clientId,
    expires_in: life,
  } = body;
  const professional = professionals.find((one) => one.id === id);
  if (!professional) throw new HttpError(404, 'no such professional');
  const client = await provider.Client.find(clientId);
  if (!client) throw new HttpError(404, 'no such client');
  if (life !== undefined && !(Number.isInteger(life) && life > 0 && life <= MAX_LIFE)) {
    throw new HttpError(400, 'expires_in: a whole number of seconds, at most 3600');
  }
  const accountId = professional.claims.sub;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(SCOPE);
  const token = new provider.AccessToken({
    accountId,
    client,
    expiresIn: life,
    grantId: await grant.save(),
    gty: 'authorization_code',
    scope: SCOPE,
  });
  return { access_token: await token.save(), expires_in: token.expiration, token_type: 'Bearer' };
};

/** Ends one access token, or all of a professional's. */
const revoke = async ({ provider, professionals, store }, body) => {
  if (typeof body.access_token === 'string') {
    const token = await provider.AccessToken.find(body.access_token);
    if (!token) throw new HttpError(404, 'no such token');
    await token.destroy();
    return { revoked: 1 };
  }
  const professional = professionals.find((one) => one.id === body.professional);
  if (!professional) throw new HttpError(400, 'an access_token or a known professional is needed');
  const { sub } = professional.claims;
  const tokens = store.all('AccessToken').filter(({ accountId }) => accountId === sub);
  for (const { grantId } of tokens) store.removeGrant(grantId);
  return { revoked: tokens.length };
};

const state = ({ provider, professionals, clients, store, faults }) => ({
  issuer: provider.issuer,
  clients: clients.map(({ clientId }) => clientId),
  professionals: professionals.map(({ id, label, claims }) => ({
    id,
    label,
    SubjectNameID: claims.SubjectNameID,
  })),
  // A token is named by its digest: the list cannot be used to call anything.
  tokens: store.all('AccessToken').map(({ jti, accountId, clientId, iat, exp }) => ({
    sha256: createHash('sha256').update(jti).digest('hex'),
    professional: bySub(professionals, accountId)?.id,
    client_id: clientId,
    iat,
    exp,
  })),
  faults: faults.list(),
});

const ROUTES = {
  'GET /_sim/state': async (simulator) => [200, state(simulator)],
  'POST /_sim/tokens': async (simulator, request) => {
    const body = await readObject(request);
    return [201, await issueToken(simulator, body)];
  },
  'POST /_sim/revoke': async (simulator, request) => {
    const body = await readObject(request);
    return [200, await revoke(simulator, body)];
  },
  'POST /_sim/faults': async ({ faults }, request) => {
    faults.add(await readObject(request));
    return [201, { faults: faults.list() }];
  },
  'DELETE /_sim/faults': async ({ faults }) => {
    faults.clear();
    return [200, { faults: [] }];
  },
};

/** Answers a request under /_sim/; HttpError for a wrong or unknown request. */
export const control = async (simulator, request, response, path) => {
  const route = ROUTES[`${request.method} ${path}`];
  if (!route) throw new HttpError(404, 'no such control');
  const [status, value] = await route(simulator, request);
  sendJson(response, status, value);
};
