// The requests to our own host: exams are named by the numbers of the page's own list.
import { page } from "./page.js";

/** An answer that is none: its code says why, in the words of ``states.js``. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

async function ask(path, fields) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ token: page.token, edition: page.edition, ...fields }),
    });
  } catch {
    throw new Refused("unreachable");
  }
  if ([401, 403].includes(answer.status)) throw new Refused("ended");
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
let pending = null;

/** The document again, with everything that has come and fresh addresses: at most one a second. */
export function progress(exams) {
  pending ??= (async () => {
    const wait = last + 1000 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    last = performance.now();
    try {
      return await ask(page.progress, { verb: "progress", exams: exams.join(" ") });
    } finally {
      pending = null;
    }
  })();
  return pending;
}
