// A sign-out that a server asks for (RP-Initiated Logout 1.0): without a browser's cookie, the ID
// token alone names the session. Keycloak, which Pro Santé Connect runs, ends it at once;
// oidc-provider alone would ask a person first.

import { HttpError, readBody, sendHtml } from './messages.mjs';
import { loggedOutPage } from './pages.mjs';

/**
 * Ends the session that `id_token_hint` names, with its tokens; 400 for another hint. The same
 * person's sessions in other browsers go on.
 */
export const endByServer = async ({ provider, store }, request, response) => {
  const form = new URLSearchParams(await readBody(request));
  const client = await provider.Client.find(form.get('client_id') ?? '');
  if (!client) throw new HttpError(400, 'no such client');
  let sid;
  try {
    ({ payload: { sid } } = await provider.IdToken.validate(form.get('id_token_hint') ?? '', client));
  } catch {
    throw new HttpError(400, 'id_token_hint: not an ID token of this client');
  }
  const { clientId } = client;
  for (const { jti, authorizations = {} } of store.all('Session')) {
    if (authorizations[clientId]?.sid !== sid) continue;
    store.remove('Session', jti);
    for (const { grantId } of Object.values(authorizations)) {
      store.remove('Grant', grantId);
      store.removeGrant(grantId);
    }
  }
  sendHtml(response, 200, loggedOutPage());
};
