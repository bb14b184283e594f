// The few pages a browser sees: choose a professional, log out, an error.

const escape = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }
button { display: block; width: 100%; margin: .5rem 0; padding: .75rem; font: inherit; text-align: left; }
small { display: block; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;

const button = ({ id, label, claims }) => `
<button name="professional" value="${escape(id)}">
${escape(claims.given_name)} ${escape(claims.family_name)}<small>${escape(label)}</small>
</button>`;

/** One button per professional; it posts `professional` (its id) to `action`. */
export const loginPage = (title, action, professionals) => page(title, `
<p>Choisir l’identité de test ; aucun mot de passe.</p>
<form method="post" action="${escape(action)}">
${professionals.map(button).join('\n')}
</form>`);

/** `form` is the provider's own hidden form. */
export const logoutPage = (form) => page('Déconnexion', `
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Se déconnecter</button>
<button type="submit" form="op.logoutForm">Rester connecté</button>`);

export const loggedOutPage = () => page('Déconnecté', '<p>La session est fermée.</p>');

export const errorPage = (error, description = '') => page('Demande refusée', `
<p>${escape(error)}</p>
<p>${escape(description)}</p>`);
