// panva's oidc-provider, configured as Pro Santé Connect: paths, scopes, claims, lives, mTLS.

import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { interactionPolicy, Provider } from 'oidc-provider';

import { errorPage, logoutPage, loggedOutPage } from './pages.mjs';

export const REALM = '/auth/realms/esante-wallet';
const CONNECT = `${REALM}/protocol/openid-connect`;
export const LOGOUT = `${CONNECT}/logout`;
export const SCOPE = 'openid scope_all';
export const ACR = 'eidas1';
const ACCESS_TOKEN_LIFE = 300; // seconds
const SESSION_LIFE = 4 * 3600;

/** The subject as RFC 2253 text. OpenSSL escapes each line and gives them in the DER's order. */
const subjectOf = (certificate) => certificate.subject.split('\n').reverse().join(',');

const newSigningKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
};

/** A client of RFC 8705 2.1: known by the subject of its certificate, without a secret. */
const client = ({ clientId, certificate }, redirectUris) => ({
  client_id: clientId,
  client_name: clientId,
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: subjectOf(new X509Certificate(certificate)),
  redirect_uris: redirectUris,
  response_types: redirectUris.length ? ['code'] : [],
  grant_types: redirectUris.length ? ['authorization_code', 'refresh_token'] : [],
  post_logout_redirect_uris: redirectUris.map((uri) => new URL('/', uri).href),
});

// The members that Pro Santé Connect adds to an introspection (only for an access token).
const introspectedClaims = (professionals) => (context, token) => {
  const professional = professionals.find(({ claims }) => claims.sub === token.accountId);
  return {
    typ: 'Bearer',
    azp: token.clientId,
    acr: ACR,
    SubjectNameID: professional.claims.SubjectNameID,
    preferred_username: professional.claims.preferred_username,
  };
};

// Consent is given once and for all at the registration of the application, never asked here.
const grantOf = async ({ oidc }) => {
  const { Grant } = oidc.provider;
  const grantId = oidc.session.grantIdFor(oidc.client.clientId);
  const known = grantId && (await Grant.find(grantId));
  if (known) return known;
  const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope(SCOPE);
  await grant.save();
  return grant;
};

const loginOnly = () => {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
};

/**
 * The provider for `issuer`, over `store`, for `clients` ([{clientId, certificate: PEM}]) and
 * `professionals` (professionals.json). The server in front must be TLS with requestCert.
 */
export const makeProvider = ({ issuer, store, clients, redirectUris, professionals }) => {
  const scopeClaims = [...new Set(professionals.flatMap(({ claims }) => Object.keys(claims)))];
  const provider = new Provider(issuer, {
    adapter: (model) => store.adapter(model),
    clients: clients.map((one) => client(one, redirectUris)),
    jwks: { keys: [store.secret('signing key', newSigningKey)] },
    cookies: { keys: [store.secret('cookie key', () => randomBytes(32).toString('base64url'))] },
    findAccount: (context, sub) => {
      const professional = professionals.find(({ claims }) => claims.sub === sub);
      return professional && { accountId: sub, claims: () => professional.claims };
    },
    scopes: SCOPE.split(' '),
    acrValues: [ACR],
    claims: {
      acr: null,
      auth_time: null,
      iss: null,
      sid: null,
      openid: ['sub'],
      scope_all: scopeClaims,
    },
    subjectTypes: ['public'],
    responseTypes: ['code'],
    clientAuthMethods: ['tls_client_auth'],
    pkce: { required: () => true },
    extraTokenClaims: introspectedClaims(professionals),
    loadExistingGrant: grantOf,
    issueRefreshToken: (context, { grantTypes }) => grantTypes.includes('refresh_token'),
    clientBasedCORS: () => false,
    interactions: { policy: loginOnly(), url: (context, { uid }) => `/login/${uid}` },
    renderError: (context, { error, error_description: description }) => {
      context.type = 'html';
      context.body = errorPage(error, description);
    },
    routes: {
      authorization: '/auth',
      token: `${CONNECT}/token`,
      userinfo: `${CONNECT}/userinfo`,
      introspection: `${CONNECT}/token/introspect`,
      revocation: `${CONNECT}/revoke`,
      end_session: LOGOUT,
      jwks: `${CONNECT}/certs`,
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_LIFE,
      AuthorizationCode: 60,
      IdToken: ACCESS_TOKEN_LIFE,
      RefreshToken: 1800,
      Interaction: 600,
      Session: SESSION_LIFE,
      Grant: SESSION_LIFE,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: {
        enabled: true,
        allowedPolicy: (context, { clientId }, token) => token.clientId === clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = logoutPage(form);
        },
        postLogoutSuccessSource: (context) => {
          context.body = loggedOutPage();
        },
      },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        getCertificate: ({ socket }) => socket.getPeerX509Certificate()?.toString(),
        certificateAuthorized: ({ socket }) => socket.authorized,
        certificateSubjectMatches: ({ socket }, property, expected) =>
          property === 'tls_client_auth_subject_dn'
          && subjectOf(socket.getPeerX509Certificate()) === expected,
      },
    },
  });
  // Every ID token names its session, as those of Keycloak do: a server signs that one out.
  provider.Client.prototype.includeSid = () => true;
  return provider;
};
