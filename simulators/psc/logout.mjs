// A sign-out that a server asks for (RP-Initiated Logout 1.0): without a browser's cookie, the ID
// token alone names the session. Keycloak, which Pro Santé Connect runs, ends it at once;
// oidc-provider alone would ask a person first.

import { HttpError, readBody, sendHtml } from './messages.mjs';
import { loggedOutPage } from './pages.mjs';

/** Ends every session and token of the person whom `id_token_hint` names; 400 for another hint. */
export const endByServer = async ({ provider, store }, request, response) => {
  const form = new URLSearchParams(await readBody(request));
  const client = await provider.Client.find(form.get('client_id') ?? '');
  if (!client) throw new HttpError(400, 'no such client');
  let subject;
  try {
    const { payload } = await provider.IdToken.validate(form.get('id_token_hint') ?? '', client);
    subject = payload.sub;
  } catch {
    throw new HttpError(400, 'id_token_hint: not an ID token of this client');
  }
  for (const model of ['Session', 'Grant']) {
    for (const { jti, accountId } of store.all(model)) {
      if (accountId === subject) {
        store.remove(model, jti);
        store.removeGrant(jti);
      }
    }
  }
  sendHtml(response, 200, loggedOutPage());
};
