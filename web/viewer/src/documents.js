// The documents of an exam: structured reports as texts, PDFs in a frame of the browser's own viewer.
import { make } from "./dom.js";
import { day, page, say } from "./page.js";
import { band } from "./verified.js";

// Hours and minutes, then seconds with their parts unless these are 0.
const CLOCK = /^(\d{2})(\d{2})(?:(\d{2})(?:\.0+|(\.\d+))?)?$/;
const MOMENT = /^(\d{8})(\d[\d.]*)?(?:([+-]\d{2})(\d{2}))?$/;
// As many as a number of the browser has.
const DIGITS = 17;
const WARNED = { completion: "PARTIAL", verification: "UNVERIFIED", preliminary: "PRELIMINARY" };

/** The title of a document of a series. */
export function titleOf(series, told) {
  return told.title || series.description || series.modality;
}

/** The document in an element, below the band that says whose it may be; a PDF's ``bytes()`` are asked
 * for and verified. ``held`` keeps the ``address`` of its bytes; once it has ``ended`` nobody may see
 * them any more. */
export function show(series, told, bytes, held) {
  held.band = band("document_not_verified");
  return make("div", { class: "v-held" }, held.band, contentOf(series, told, bytes, held));
}

function contentOf(series, told, bytes, held) {
  if (told.why) {
    return note(say("only_dicom", { reason: say(`why_${told.why}`) }));
  }
  return told.kind === "pdf" ? pdf(series, told, bytes, held) : report(series, told);
}

/** Nobody sees the document any more, nor finds its bytes. */
export function end(held) {
  held.ended = true;
  if (held.address) URL.revokeObjectURL(held.address);
}

function note(text, more = {}) {
  return make("p", { class: "v-told", text, ...more });
}

function pdf(series, told, bytes, held) {
  const place = make("div", { class: "v-document v-pdf" }, note(say("document_coming"), { role: "status" }));
  const words = note(say("pdf_identity"));
  bytes().then(
    (content) => {
      if (held.ended) return;
      const address = URL.createObjectURL(new Blob([content], { type: "application/pdf" }));
      held.address = address;
      const frame = make("iframe", { src: address, title: titleOf(series, told) });
      place.replaceChildren(words, frame);
      // The frame has read it once it has loaded; nothing else finds it by its address.
      frame.addEventListener("load", () => setTimeout(() => URL.revokeObjectURL(address), 60_000));
    },
    () => place.replaceChildren(note(say("document_failed"), { role: "alert" })),
  );
  return place;
}

/** Throws unless the bytes are those that were verified when the exam was fetched. */
export async function verify(content, sha256) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const found = Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) throw new Error("another document");
}

function report(series, told) {
  const warnings = Object.entries(WARNED)
    .filter(([flag, value]) => told.flags?.[flag] === value)
    .map(([flag]) => note(say(`report_${flag}`), { role: "note" }));
  const facts = [told.date && day(told.date), series.description].filter(Boolean).join(" · ");
  return make(
    "article",
    { class: "v-document v-content", lang: "", tabindex: 0, "aria-label": titleOf(series, told) },
    make("h2", { text: titleOf(series, told) }),
    make("p", { text: facts }),
    ...warnings,
    list(told.items),
  );
}

function list(items) {
  return items?.length ? make("ul", {}, ...items.map((one) => make("li", {}, ...entry(one)))) : null;
}

function entry(item) {
  const value = valueOf(item);
  const name = item.name ?? "";
  if (item.kind === "container") return [make("h3", { text: name || "–" }), list(item.items)];
  return [
    name && make("span", { class: "v-name", text: say("named", { name }) }),
    value && make("span", { class: item.absent ? "v-absent" : "v-value", text: value }),
    list(item.items),
  ].filter(Boolean);
}

const VALUES = {
  num: (item) =>
    item.absent
      ? say("no_number", { why: item.value ?? "" })
      : [measure(item.value), item.unit, item.qualifier && `(${item.qualifier})`].filter(Boolean).join(" "),
  date: (item) => day(item.value),
  time: (item) => clock(item.value),
  datetime: (item) => moment(item.value),
  reference: () => say("content_reference"),
  image: () => say("content_image"),
  composite: () => say("content_object"),
  waveform: () => say("content_object"),
  scoord: () => say("content_region"),
  scoord3d: () => say("content_region"),
  tcoord: () => say("content_region"),
};

function valueOf(item) {
  return VALUES[item.kind]?.(item) ?? item.value;
}

/** A number with all its digits: the smallest one is no 0. */
function measure(value) {
  return value.toLocaleString(page.language, { maximumSignificantDigits: DIGITS });
}

/** A time as people write it; one that is not understood stays as it is. */
function clock(text) {
  const [, hours, minutes, seconds, parts = ""] = CLOCK.exec(text) ?? [];
  return hours ? [hours, minutes, seconds].filter(Boolean).join(":") + parts : text;
}

/** Date, time and zone, as far as they are told. */
function moment(text) {
  const [, date, time, hours, minutes] = MOMENT.exec(text) ?? [];
  if (!date) return text;
  return [day(date), time && clock(time), hours && `UTC${hours}:${minutes}`].filter(Boolean).join(" ");
}
