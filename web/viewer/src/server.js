// The requests to our own host: exams are named by the numbers of the page's own list.
import { page } from "./page.js";

/** An answer that is none: its code says why, in the words of ``states.js``. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

async function ask(path, fields, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", ...headers },
      body: new URLSearchParams({ token: page.token, edition: page.edition, ...fields }),
    });
  } catch {
    throw new Refused("unreachable");
  }
  if (answer.status === 401) throw new Refused("ended");
  // A session that is over, the form of another one, or a reader without the right.
  if (answer.status === 403) throw new Refused("denied");
  if (answer.status === 404) throw new Refused("absent");
  if (!answer.ok) throw new Refused("failed");
  try {
    return await answer.json();
  } catch {
    throw new Refused("failed");
  }
}

/** The document of these exams; the server begins to fetch what it does not have. */
export function open(exams) {
  return ask(page.open, { verb: "open", exams: exams.join(" ") });
}

let last = 0;
const pending = new Map();

/** The document again, with everything that has come and fresh addresses: at most one a second.
 * ``attended``: whether a person did something since the last time; else it is no use of a session. */
export function progress(exams, attended) {
  const name = exams.join(" ");
  if (!pending.has(name)) {
    const asked = again(name, attended).finally(() => pending.delete(name));
    pending.set(name, asked);
  }
  return pending.get(name);
}

async function again(exams, attended) {
  const wait = last + 1000 - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  last = performance.now();
  return ask(page.progress, { verb: "progress", exams }, attended ? {} : { "X-Unattended": "1" });
}
