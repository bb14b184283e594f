// The reports and documents beside the images: one tab for each. A report stands in a frame that our
// server answers.
import * as documents from "./documents.js";
import { button, make, press, submit } from "./dom.js";
import { day, page, say } from "./page.js";
import { isVerified } from "./verified.js";

const keyOf = (series, told) => `${series.exam.n}/${series.uid}/${told.uid}`;

/** Say over a document that nobody has verified whose it is. */
function vouch({ band, series }) {
  if (band) band.hidden = isVerified(series);
}

/** The panel of reports and documents. */
export class Reports {
  constructor() {
    this.tabs = make("div", { class: "v-tabs", role: "tablist", "aria-label": say("reports") });
    this.body = make("div", { class: "v-frames" });
    this.width = button(say("wider"), () => this.widen(), { class: "v-wider", title: say("tip_wider") });
    press(this.width, false);
    this.element = make(
      "aside",
      { class: "v-reports", "aria-label": say("reports"), hidden: true },
      make("div", { class: "v-tabs-bar" }, this.tabs, this.width),
      this.body,
    );
    this.frames = new Map();
  }

  /** A tab for each report of these exams; the first one is read at once when shown. */
  offer(exams) {
    for (const key of [...this.frames.keys()]) this.drop(key);
    this.body.replaceChildren();
    for (const exam of exams) {
      for (const number of exam.told.report ?? []) {
        this.add(number, day(exam.told.date), () => this.ask(number));
      }
    }
  }

  add(key, name, make_, more = {}) {
    const tab = button(name, () => this.read(key), { role: "tab" });
    this.frames.set(key, { tab, frame: null, make: make_, ...more });
    this.tabs.append(tab);
  }

  /** The documents of a series, each in a tab of its own, the first one in front. ``bytes(told)`` are
   * those of a PDF: none is read before its tab is in front. */
  show(series, bytes) {
    const all = [...series.documents];
    for (const told of [...all].reverse()) {
      const key = keyOf(series, told);
      if (this.frames.has(key)) continue;
      const held = { told, series, ended: false, address: "", band: null };
      const make_ = () => {
        // As the newest document of the exam has it: its bytes may stand elsewhere by now.
        const element = documents.show(series, held.told, () => bytes(held.told), held);
        this.body.append(element);
        vouch(held);
        return element;
      };
      this.add(key, documents.titleOf(series, told), make_, { held });
    }
    this.element.hidden = false;
    if (all.length) this.read(keyOf(series, all[0]));
  }

  /** Forget the documents that are no more, or that are refused now; the reports stay. What stays says
   * again whether it is known whose it is. */
  keep(series) {
    const known = new Map(series.flatMap((one) => one.documents.map((told) => [keyOf(one, told), told])));
    for (const [key, { held }] of [...this.frames]) {
      if (!held) continue;
      const told = known.get(key);
      if (!told || told.why !== held.told.why) {
        this.drop(key);
        continue;
      }
      held.told = told;
      vouch(held);
    }
  }

  drop(key) {
    const { tab, frame, held } = this.frames.get(key);
    tab.remove();
    frame?.remove();
    if (held) documents.end(held);
    this.frames.delete(key);
  }

  get some() {
    return this.frames.size > 0;
  }

  widen(wide = !this.element.classList.contains("v-wide")) {
    this.element.classList.toggle("v-wide", wide);
    press(this.width, wide);
  }

  toggle(shown = this.element.hidden) {
    this.element.hidden = !shown;
    if (shown && this.some && ![...this.frames.values()].some((one) => one.frame)) {
      this.read(this.frames.keys().next().value);
    }
    if (shown && !this.some) this.body.textContent = say("no_report");
  }

  read(key) {
    const wanted = this.frames.get(key);
    if (![...this.frames.values()].some((one) => one.frame)) this.body.replaceChildren();
    wanted.frame ??= wanted.make();
    for (const { tab, frame } of this.frames.values()) {
      const shown = frame === wanted.frame;
      tab.setAttribute("aria-selected", String(shown));
      if (frame) frame.hidden = !shown;
    }
  }

  ask(number) {
    const name = `report-${number}`;
    const frame = make("iframe", { name, title: say("report") });
    this.body.append(frame);
    submit(page.report, { token: page.token, verb: "show", edition: page.edition, number }, name);
    return frame;
  }
}
