// One reading: the exams that are open, their bytes, and the screen.
import { cache, imageLoader } from "@cornerstonejs/core";
import { actsOf } from "./acts.js";
import { Board } from "./board.js";
import * as cine from "./cine.js";
import { button, make } from "./dom.js";
import { forgetMeasures, start } from "./engine.js";
import { Exam, forgetFiles } from "./exam.js";
import { hashes, registerImages } from "./images.js";
import { listen } from "./keys.js";
import { forget, know, registerMetadata } from "./metadata.js";
import { choose } from "./arranging.js";
import { Importing } from "./importing.js";
import { putFirst, wishes } from "./opening.js";
import { day, page, say } from "./page.js";
import { nameOf, statesOf } from "./presentation.js";
import { drawing } from "./processor.js";
import { Reports } from "./report.js";
import { painted, pause } from "./painted.js";
import { OVER, look, refresh } from "./renewal.js";
import { Refused, open } from "./server.js";
import { Source } from "./source.js";
import { otherPatient, sentence, stateOf } from "./states.js";
import * as subtraction from "./subtraction.js";
import { Thumbs } from "./thumbs.js";
import { Toolbar } from "./toolbar.js";
import { canCut } from "./volume.js";

// An exam that is read longer than this is told to the server: the session is in use.
const STILL_HERE = 60_000;
// Images that come are asked for each second; those that could not be loaded, after some.
const SOON = 1000;
const LATER = 5000;
const VEIL = 60_000;

export class Session {
  constructor(place) {
    this.place = place;
    this.exams = [];
    this.numbers = [];
    this.source = null;
    this.timer = 0;
    // When the document is asked for again, in ms of the page.
    this.due = 0;
    // Raised whenever what is open is left: what comes for a former turn changes nothing.
    this.turn = 0;
    this.attended = false;
    this.growing = Promise.resolve();
    this.acts = actsOf(this);
    registerMetadata();
    registerImages(() => this.source);
    this.build();
    for (const one of ["pointerdown", "keydown", "wheel"]) {
      document.addEventListener(one, () => (this.attended = true), { capture: true, passive: true });
    }
    listen(() => !place.hidden, () => this.covered, this.acts);
  }

  build() {
    this.board = new Board({
      shown: (view) => this.shown(view),
      wanted: (view) => this.source?.look(view.series, view.wanted),
      picked: (view) => this.picked(view),
    });
    this.toolbar = new Toolbar(this.acts);
    this.thumbs = new Thumbs((series) => choose(this, series));
    this.reports = new Reports();
    this.tabs = make("div", { class: "v-exams" });
    this.state = make("p", { class: "v-state", role: "status" });
    this.importing = new Importing();
    this.cover = make("div", { class: "v-cover", hidden: true });
    this.planes = null;
    this.covered = false;
    this.head = make(
      "div",
      { class: "v-head" },
      button(say("back"), () => this.leave(), { class: "v-back" }),
      this.tabs,
      this.state,
      this.importing.element,
      make("p", { class: "v-purpose", text: say("not_for_diagnosis") }),
    );
    const middle = make("div", { class: "v-middle" }, this.thumbs.element, this.board.element);
    middle.append(this.reports.element);
    this.middle = middle;
    this.place.append(this.head, this.toolbar.element, middle, this.cover);
  }

  /** Open these exams of the page's list: the first one current, the others priors. */
  async open(numbers) {
    start();
    this.clear();
    this.numbers = numbers;
    this.place.hidden = false;
    this.below();
    const { turn } = this;
    this.source = new Source({
      arrived: (series, name) => this.arrived(series, name),
      renew: () => refresh(this),
      lost: () => this.lost(),
    });
    try {
      const asked = open(numbers);
      // The views take their places and sizes while the document is on its way.
      this.board.layout(numbers.length);
      const told = await asked;
      if (turn === this.turn) await this.take(told);
    } catch (error) {
      if (turn === this.turn) this.failed(error);
    }
  }

  /** The whole window below the patient's traits, which stay on top. */
  below() {
    document.body.classList.add("reading-images");
    const banner = document.querySelector(".patient");
    const height = banner ? `${banner.offsetHeight}px` : "0";
    this.place.style.setProperty("--viewer-top", height);
  }

  /** The first document: every exam, and the first frame where it came along. */
  async take(told) {
    const { turn } = this;
    this.exams = told.exams.map((one) => new Exam(one));
    for (const exam of this.exams) this.know(exam);
    const other = this.exams.find((exam) => exam.told.identity === "differs");
    if (other) {
      this.board.empty();
      this.over(otherPatient(other, page.patient, () => this.leave()));
      return;
    }
    this.told();
    this.reports.offer(this.exams);
    const shown = this.exams.filter((exam) => exam.first);
    for (const exam of shown) putFirst(exam, this.source);
    const shows = this.board.show(this.wishes());
    // The first frame goes to its decoder; meanwhile the others are asked for.
    await pause();
    if (turn !== this.turn) return;
    for (const { series, wanted } of this.board.views) if (series) this.source.read(series, wanted);
    await shows;
    if (turn !== this.turn) return;
    const gone = !shown.length && this.exams.every((exam) => exam.told.state !== "coming");
    if (gone || page.wide) this.acts.report(true);
    this.later();
    // Everything around the picture can wait until it is seen.
    await painted();
    if (turn !== this.turn) return;
    this.picked(this.board.selected);
    this.thumbs.offer(this.exams);
    this.thumbs.mark(this.board.series);
    this.toolbar.layout.value = this.board.views.length;
  }

  /** Every exam in its own place, those too whose images have not come; none of them when there is
   * nothing to stand beside. */
  wishes() {
    const some = this.exams.some((exam) => exam.first || exam.told.state === "coming");
    return wishes(some ? this.exams : this.exams.slice(0, 1), this.board);
  }

  know(exam) {
    for (const series of exam.series) know(series);
  }

  /** The bytes of a frame are there: it is decoded before anybody scrolls to it. */
  arrived(series, name) {
    imageLoader.loadAndCacheImage(series.idOf(name), { priority: 5 }).catch(() => {});
  }

  later() {
    clearTimeout(this.timer);
    const coming = this.exams.some((exam) => exam.told.state === "coming");
    const wait = coming ? SOON : this.source?.lacks ? LATER : STILL_HERE;
    this.due = performance.now() + wait;
    this.timer = setTimeout(() => look(this), wait);
  }

  /** Frames did not come: the next look is soon. */
  lost() {
    if (this.due > performance.now() + LATER) this.later();
  }

  told() {
    this.importing.offer(this.exams);
    this.tabs.replaceChildren(
      ...this.exams.map((exam, at) =>
        make("span", {
          class: at ? "v-exam v-prior" : "v-exam",
          text: `${exam.series[0]?.modality ?? ""} ${day(exam.told.date)}`.trim(),
          title: [exam.told.act, exam.told.site].filter(Boolean).join(" · "),
        }),
      ),
    );
    const states = this.exams.map((exam) => stateOf(exam)).filter(Boolean);
    const images = this.exams.reduce((sum, exam) => sum + exam.images, 0);
    this.state.textContent = states.join(" · ") || say("images", { count: images });
  }

  shown(view) {
    this.source?.look(view.series, view.place);
    if (view === this.board.selected) {
      this.toolbar.press("cine", cine.plays(view));
      this.offerSubtraction(view);
      // Each image has windows and tables of its own.
      this.toolbar.offer(view, Boolean(this.planes));
    }
    this.place.dataset.shown = String(Number(this.place.dataset.shown ?? 0) + 1);
  }

  /** The presentation states of a view, in the toolbar. */
  offerStates(view) {
    const found = view ? statesOf(view) : [];
    const named = found.map((one) => ({ uid: one.uid, label: nameOf(one) }));
    this.toolbar.offerStates(named, view?.state?.uid ?? "");
  }

  /** Whether the image of a view can be subtracted, and whether it is. */
  offerSubtraction(view) {
    const offered = Boolean(view && subtraction.offered(view));
    this.toolbar.enable("subtract", offered);
    this.toolbar.press("subtract", offered && subtraction.wanted(view));
  }

  picked(view) {
    this.toolbar.offer(view, Boolean(this.planes));
    this.offerStates(view);
    this.offerSubtraction(view);
    this.cuttable();
    this.toolbar.press("cine", cine.plays(view));
  }

  /** Whether the selected series can be cut, which changes when the last of it has come. */
  cuttable() {
    const cut = !drawing.lost && canCut(this.board.selected?.series);
    this.toolbar.enable("planes", Boolean(this.planes) || cut);
  }

  over(element) {
    this.covered = true;
    this.cover.replaceChildren(element);
    this.cover.hidden = false;
    element.querySelector("button")?.focus();
  }

  failed(error, words = null) {
    this.cause = error;
    const code = error instanceof Refused ? error.code : "failed";
    this.place.hidden = false;
    const over = OVER.has(code);
    const ways = [[say("back"), () => this.leave()]];
    if (over) ways.unshift([say("sign_in"), () => window.location.assign(page.list)]);
    this.over(sentence(words ?? say(`error_${code}`), over ? "" : say("still_works"), ways));
    clearTimeout(this.timer);
    if (!over) return;
    this.source?.end();
    this.timer = setTimeout(() => this.end(), VEIL);
  }

  /** Forget the images; the words over them stay. */
  end() {
    this.turn += 1;
    clearTimeout(this.timer);
    this.source?.end();
    this.planes?.end();
    this.planes = null;
    this.board.empty();
    this.thumbs.offer([]);
    this.tabs.replaceChildren();
    this.importing.offer([]);
    this.reports.offer([]);
    this.exams = [];
    forgetMeasures();
    cache.purgeCache();
    forget();
    forgetFiles();
    hashes.clear();
  }

  clear() {
    this.end();
    this.covered = false;
    this.cover.hidden = true;
    this.cover.replaceChildren();
    this.board.element.hidden = false;
    this.reports.toggle(false);
    this.toolbar.press("report", false);
    this.toolbar.press("link", this.board.link.on);
    this.toolbar.press("lines", this.board.lines);
    this.toolbar.press("compare", true);
  }

  /** Back to the list. */
  leave() {
    this.clear();
    document.body.classList.remove("reading-images");
    if (page.back) window.location.assign(page.back);
    else this.place.hidden = true;
  }
}
