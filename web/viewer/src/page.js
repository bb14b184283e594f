// The facts that the server wrote into the page: addresses, the form's token, the place of its words
// and of the viewer's own sheet.

const root = document.getElementById("viewer");
const facts = JSON.parse(document.getElementById("viewer-facts").textContent);
// A file of this host, named by the page: the words of its language.
const wording = import(/* @vite-ignore */ facts.words).catch(() => ({ default: {} }));
/** Whether the viewer's own sheet is there. The list is shown without it. */
export const dressed = await sheet();
const { default: words } = await wording;

function sheet() {
  if (!facts.sheet) return true;
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.addEventListener("load", () => resolve(true), { once: true });
    link.addEventListener("error", () => resolve(false), { once: true });
    link.href = facts.sheet;
    document.head.append(link);
  });
}

/** The element in which the viewer stands. */
export const place = root;
/** Addresses below this host, the session's form token, the list's edition, the page's language. */
export const page = facts;

/** A text of the page's language; ``{name}`` becomes the value of that name. */
export function say(name, values = {}) {
  const text = words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

// By their digits: to make one costs more than a thousand numbers, and each image has a dozen.
const formats = new Map();

/** A number as the page's language writes it. */
export function number(value, digits = 0) {
  if (!formats.has(digits)) {
    const rules = { maximumFractionDigits: digits, minimumFractionDigits: 0 };
    formats.set(digits, new Intl.NumberFormat(facts.language, rules));
  }
  return formats.get(digits).format(value);
}

/** A date of eight digits as the page's language writes it. */
export function day(text) {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(text ?? "");
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : (text ?? "");
}
