// One view: a stack of frames, with its words, its scroll bar and its state.
import { Enums } from "@cornerstonejs/core";
import { make } from "./dom.js";
import { dress } from "./dressing.js";
import { addToTools, engine, letGo } from "./engine.js";
import { levelsOf, setLevels } from "./levels.js";
import { mayPass } from "./lost.js";
import { Overlay } from "./overlay.js";
import { number, say } from "./page.js";
import { Pane } from "./pane.js";
import { present, redraw } from "./presentation.js";
import { prepareCanvas } from "./processor.js";
import { absenceOf } from "./states.js";
import { band, isVerified } from "./verified.js";

let made = 0;

/** ``hears`` has ``shown(view)``, called after each new image, ``wanted(view)`` before, and
 * ``picked(view)``. */
export class View extends Pane {
  constructor(hears) {
    super();
    made += 1;
    this.id = `view-${made}`;
    this.hears = hears;
    this.series = null;
    // The exam whose images this place is kept for.
    this.awaits = null;
    // The frame on the screen, and the one that was asked for last, by their identifiers: a place
    // belongs to one document, and the next one may have others.
    this.shownId = null;
    this.wantedId = null;
    this.waiting = true;
    // Whether the window or the camera is another one than the words say.
    this.stale = false;
    // Whether the frame that was asked for could not be loaded.
    this.lost = false;
    this.prior = false;
    // The presentation state that is applied, and its words.
    this.told = "";
    this.asItIs();
    this.layer = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.layer.setAttribute("class", "v-layer");
    this.presented = make("p", { class: "v-presented", role: "status", hidden: true });
    // Where the image stands to that of the current exam.
    this.related = make("p", { class: "v-related", role: "status", hidden: true });
    this.overlay = new Overlay();
    this.canvas = make("div", { class: "v-canvas" });
    this.note = make("p", { class: "v-note", role: "status", hidden: true });
    this.bar = make("input", {
      type: "range",
      class: "v-scroll",
      min: 0,
      step: 1,
      tabindex: -1,
      "aria-label": say("scroll"),
      on: { input: () => this.scrollTo(Number(this.bar.value)) },
    });
    this.marks = make("div", { class: "v-marks" });
    this.band = band();
    this.element = make(
      "section",
      { class: "v-view v-blank", "aria-label": say("view") },
      this.canvas,
      this.layer,
      this.overlay.element,
      this.presented,
      this.related,
      this.bar,
      this.marks,
      this.band,
      this.note,
    );
    this.element.addEventListener("pointerdown", () => this.hears.picked(this), true);
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.canvas.addEventListener(Enums.Events.STACK_NEW_IMAGE, (event) => this.came(event.detail));
    // Cornerstone says so several times for one picture: the words are written once it is drawn, in
    // its frame.
    for (const one of [Enums.Events.VOI_MODIFIED, Enums.Events.CAMERA_MODIFIED]) {
      this.canvas.addEventListener(one, () => (this.stale = true));
    }
    this.canvas.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.stale && this.tell());
  }

  /** Take its place on the screen; its element stands in the document. */
  enable() {
    prepareCanvas(this.canvas);
    engine.enableElement({
      viewportId: this.id,
      type: Enums.ViewportType.STACK,
      element: this.canvas,
    });
    addToTools(this.id);
  }

  disable() {
    letGo();
    engine.disableElement(this.id);
    this.element.remove();
  }

  /** The place of the frame on the screen, in the document of now. */
  get place() {
    return this.series?.places.get(this.shownId) ?? 0;
  }

  /** The place of the frame that was asked for. */
  get wanted() {
    return this.series?.places.get(this.wantedId) ?? 0;
  }

  /** Show a series from one of its frames on. */
  async show(series, place = series.first) {
    const fresh = this.series !== series;
    this.series = series;
    this.awaits = null;
    const viewport = this.viewport;
    if (fresh) {
      this.asItIs();
      // A window that was chosen in another series is none of this one.
      viewport.voiUpdatedWithSetProperties = false;
    }
    const id = series.ids[place];
    this.wantedId = id;
    this.element.dataset.exam = series.exam.n;
    if (fresh || !series.places.has(this.shownId)) this.wait();
    this.bar.max = series.count - 1;
    this.bar.hidden = series.count < 2;
    this.mark();
    this.vouch();
    try {
      await viewport.setStack([...series.ids], place);
      viewport.render();
    } catch {
      this.fail(id);
    }
  }

  /** Take the newer frames of its series, without a jump. */
  async grow() {
    const { series, viewport } = this;
    // A frame that is no more leaves its place to another one.
    const former = Math.max(0, viewport.getImageIds().indexOf(this.wantedId));
    const place = series.places.get(this.wantedId) ?? Math.min(former, series.count - 1);
    const camera = viewport.getCamera();
    const { range, chosen } = levelsOf(viewport);
    const { meaning } = this;
    const fresh = !series.places.has(this.shownId);
    await this.show(series, place);
    if (fresh || this.series !== series || this.viewport !== viewport) return;
    // A window that the person did not choose is each image's own.
    if (chosen && meaning === this.meaning) setLevels(viewport, { ...levelsOf(viewport), range, chosen });
    viewport.setCamera(camera);
    viewport.render();
  }

  /** As the images are themselves: no state, nobody's inversion, subtraction or table. ``meaning``: of
   * which kind its values are, ``through``: the name of the table that is drawn (``dressing.js``). */
  asItIs() {
    Object.assign(this, { state: null, inverted: false, subtracting: null, unmasked: null });
    Object.assign(this, { masked: false, meaning: null, table: null, through: "" });
  }

  /** Keep this place for an exam that has no image yet, and say why it has none. */
  await(exam) {
    if (this.series) this.empty();
    this.awaits = exam;
    this.bar.hidden = true;
    this.element.dataset.exam = exam.n;
    this.say(absenceOf(exam));
  }

  /** The series is no more: neither its picture nor its words stay. */
  empty() {
    this.series = null;
    this.asItIs();
    this.shownId = this.wantedId = null;
    this.wait();
    this.bar.hidden = true;
    this.marks.replaceChildren();
    this.band.hidden = true;
    this.relate("");
    letGo();
    engine.disableElement(this.id);
    this.enable();
    this.say(say("withdrawn"));
  }

  /** Say over the picture that nobody has verified whose it is. */
  vouch() {
    this.band.hidden = !this.series || isVerified(this.series);
  }

  /** Say how the image matches the current exam's, by a code of ``link.js``. */
  relate(code) {
    const words = code && say(`place_${code}`);
    if (this.related.textContent !== words) this.related.textContent = words;
    this.related.hidden = !words;
  }

  mark() {
    const { keys, count } = this.series;
    this.marks.replaceChildren(
      ...[...keys].map((place) => {
        const mark = make("span", { class: "v-mark", title: say("key_image") });
        mark.style.top = `${(100 * place) / Math.max(1, count - 1)}%`;
        return mark;
      }),
    );
  }

  /** Nothing is shown until the image comes: words and picture always belong together. */
  wait() {
    this.waiting = true;
    this.shownId = null;
    this.overlay.clear();
    this.layer.replaceChildren();
    this.presented.hidden = true;
    this.say("");
    this.element.classList.add("v-blank");
  }

  came({ imageId }) {
    const place = this.series?.places.get(imageId);
    // A picture of a former edition, or of the series before: it is not shown.
    if (place == null) return void this.wait();
    this.shownId = imageId;
    this.waiting = false;
    if (imageId !== this.wantedId && !this.note.hidden) return;
    this.lost = false;
    this.wantedId = imageId;
    this.say(null);
    dress(this);
    if (this.state || this.told) present(this);
    this.tell();
    this.bar.value = place;
    this.bar.setAttribute("aria-valuetext", say("image_of", { place: place + 1, count: this.series.count }));
    this.hears.shown(this);
  }

  /** A frame that cannot be drawn leaves no picture: the one before would be taken for it. */
  fail(id) {
    if (!this.series || id !== this.wantedId || !this.series.places.has(id)) return;
    const { broken, missing, names } = this.series;
    const place = this.wanted;
    const name = names[place];
    this.lost = !broken.has(name) && mayPass(missing.get(name));
    this.overlay.clear();
    this.bar.value = place;
    const words = broken.has(name) ? "broken" : this.lost ? "not_loaded" : "not_given";
    this.say(say(words, { place: number(place + 1) }));
  }

  /** Show once more the frame that could not be loaded. */
  retry() {
    if (!this.lost || !this.series?.places.has(this.wantedId)) return;
    this.lost = false;
    this.show(this.series, this.wanted);
  }

  say(text) {
    this.note.hidden = !text;
    if (this.note.textContent !== (text ?? "")) this.note.textContent = text ?? "";
    this.element.classList.toggle("v-blank", Boolean(text));
  }

  tell() {
    this.stale = false;
    // Its document has changed: the picture goes until its own place in the new one is known.
    if (this.series && this.shownId && !this.series.places.has(this.shownId)) this.wait();
    else if (this.series?.count && !this.waiting && this.note.hidden) {
      this.overlay.show(this);
      redraw(this);
    }
  }

  scrollTo(place) {
    if (!this.series) return Promise.resolve();
    const last = this.series.count - 1;
    const id = this.series.ids[Math.max(0, Math.min(last, place))];
    if (id === this.wantedId) return Promise.resolve();
    this.wantedId = id;
    this.hears.wanted(this);
    const at = this.viewport.getImageIds().indexOf(id);
    // The stack is of the document before: the newer one comes at once.
    if (at < 0) return this.grow();
    return this.viewport.setImageIdIndex(at).catch(() => this.fail(id));
  }

  scroll(steps) {
    return this.scrollTo(this.wanted + steps);
  }

  /** The next key image, from the first one again after the last. */
  nextKey() {
    const all = [...this.series.keys].sort((a, b) => a - b);
    const next = all.find((one) => one > this.wanted) ?? all[0];
    return next == null ? Promise.resolve() : this.scrollTo(next);
  }
}
