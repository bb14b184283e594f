// The reports and documents beside the images: one tab for each. A report stands in a frame that our
// server answers.
import * as documents from "./documents.js";
import { button, make, press } from "./dom.js";
import { day, page, say } from "./page.js";

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
    this.tabs.replaceChildren();
    this.body.replaceChildren();
    this.frames.clear();
    for (const exam of exams) {
      for (const number of exam.told.report ?? []) {
        this.add(number, day(exam.told.date), () => this.ask(number));
      }
    }
  }

  add(key, name, make_) {
    const tab = button(name, () => this.read(key), { role: "tab" });
    this.frames.set(key, { tab, frame: null, make: make_ });
    this.tabs.append(tab);
  }

  /** A document in front, in a tab of its own. ``bytes()`` are those of a PDF. */
  show(series, told, bytes) {
    const key = `${series.exam.n}/${series.uid}/${told.uid}`;
    if (!this.frames.has(key)) {
      const ended = () => !this.frames.has(key);
      this.add(key, documents.titleOf(series, told), () => {
        const element = documents.show(series, told, bytes, ended);
        this.body.append(element);
        return element;
      });
    }
    this.element.hidden = false;
    this.read(key);
  }

  /** Forget the documents of series that are no more; the reports stay. */
  keep(series) {
    const known = new Set([...series].map((one) => `${one.exam.n}/${one.uid}`));
    for (const [key, { tab, frame }] of this.frames) {
      if (typeof key === "number" || known.has(key.slice(0, key.lastIndexOf("/")))) continue;
      tab.remove();
      frame?.remove();
      this.frames.delete(key);
    }
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
    const fields = { token: page.token, verb: "show", edition: page.edition, number };
    const form = make("form", { method: "post", action: page.report, target: name, hidden: true });
    for (const [field, value] of Object.entries(fields)) {
      form.append(make("input", { type: "hidden", name: field, value }));
    }
    this.body.append(form);
    form.submit();
    form.remove();
    return frame;
  }
}
