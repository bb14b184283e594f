// The operators' own OpenID provider, beside Pro Santé Connect: another issuer, other people, its
// own keys and cookies. It asks one confidential client for PKCE (S256) and client_secret_basic.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { interactionPolicy, Provider } from 'oidc-provider';

import { errorPage } from './pages.mjs';

export const OPERATORS = '/operators';
const SCOPE = 'openid';
const LIFE = 300; // seconds
const SESSION_LIFE = 3600;

const newSigningKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
};

const grantOf = async ({ oidc }) => {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope(SCOPE);
  await grant.save();
  return grant;
};

const loginOnly = () => {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
};

/** The provider under `base`/operators; `application` is {clientId, clientSecret, redirectUris}. */
export const makeOperators = ({ base, store, application, operators }) => {
  const { clientId, clientSecret, redirectUris } = application;
  return new Provider(base + OPERATORS, {
    adapter: (model) => store.adapter(`operators ${model}`),
    clients: [{
      client_id: clientId,
      client_secret: clientSecret,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: redirectUris,
      response_types: ['code'],
      grant_types: ['authorization_code'],
    }],
    jwks: { keys: [store.secret('operators signing key', newSigningKey)] },
    cookies: {
      keys: [store.secret('operators cookie key', () => randomBytes(32).toString('base64url'))],
      names: {
        session: '_operators_session',
        interaction: '_operators_interaction',
        resume: '_operators_resume',
      },
    },
    findAccount: (context, sub) => {
      const operator = operators.find(({ claims }) => claims.sub === sub);
      return operator && { accountId: sub, claims: () => operator.claims };
    },
    scopes: [SCOPE],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic'],
    pkce: { required: () => true },
    loadExistingGrant: grantOf,
    clientBasedCORS: () => false,
    interactions: {
      policy: loginOnly(),
      url: (context, { uid }) => `${OPERATORS}/login/${uid}`,
    },
    renderError: (context, { error, error_description: description }) => {
      context.type = 'html';
      context.body = errorPage(error, description);
    },
    ttl: {
      AccessToken: LIFE,
      AuthorizationCode: 60,
      IdToken: LIFE,
      Interaction: 600,
      Session: SESSION_LIFE,
      Grant: SESSION_LIFE,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
  });
};
