// The reports beside the images: one tab for each, in a frame that our server answers.
import { button, make } from "./dom.js";
import { day, page, say } from "./page.js";

/** The panel of reports. */
export class Reports {
  constructor() {
    this.tabs = make("div", { class: "v-tabs", role: "tablist" });
    this.body = make("div", { class: "v-frames" });
    this.element = make(
      "aside",
      { class: "v-reports", "aria-label": say("reports"), hidden: true },
      this.tabs,
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
        const tab = button(day(exam.told.date), () => this.read(number), { role: "tab" });
        this.frames.set(number, { tab, frame: null });
        this.tabs.append(tab);
      }
    }
  }

  get some() {
    return this.frames.size > 0;
  }

  toggle(shown = this.element.hidden) {
    this.element.hidden = !shown;
    if (shown && this.some && ![...this.frames.values()].some((one) => one.frame)) {
      this.read(this.frames.keys().next().value);
    }
    if (shown && !this.some) this.body.textContent = say("no_report");
  }

  read(number) {
    const wanted = this.frames.get(number);
    wanted.frame ??= this.ask(number);
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
