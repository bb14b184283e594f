// One view: a stack of frames on the screen, with its words, its scroll bar and its state.
import { Enums, utilities } from "@cornerstonejs/core";
import { make } from "./dom.js";
import { addToTools, engine } from "./engine.js";
import { Overlay } from "./overlay.js";
import { number, say } from "./page.js";

let made = 0;

/** ``hears`` has ``shown(view)``, called after each new image, ``wanted(view)`` before, and
 * ``picked(view)``. */
export class View {
  constructor(hears) {
    made += 1;
    this.id = `view-${made}`;
    this.hears = hears;
    this.series = null;
    // The frame on the screen, and the one that was asked for last.
    this.place = 0;
    this.wanted = 0;
    this.waiting = true;
    this.prior = false;
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
    this.element = make(
      "section",
      { class: "v-view", "aria-label": say("view") },
      this.canvas,
      this.overlay.element,
      this.bar,
      this.marks,
      this.note,
    );
    this.element.addEventListener("pointerdown", () => this.hears.picked(this), true);
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.canvas.addEventListener(Enums.Events.STACK_NEW_IMAGE, (event) => this.came(event.detail));
    this.canvas.addEventListener(Enums.Events.VOI_MODIFIED, () => this.tell());
    this.canvas.addEventListener(Enums.Events.CAMERA_MODIFIED, () => this.tell());
  }

  /** Take its place on the screen; its element stands in the document. */
  enable() {
    engine.enableElement({
      viewportId: this.id,
      type: Enums.ViewportType.STACK,
      element: this.canvas,
    });
    addToTools(this.id);
  }

  disable() {
    engine.disableElement(this.id);
    this.element.remove();
  }

  get viewport() {
    return engine.getViewport(this.id);
  }

  /** Show a series from one of its frames on. */
  async show(series, place = series.first) {
    const fresh = this.series !== series;
    this.series = series;
    this.wanted = place;
    this.element.dataset.exam = series.exam.n;
    if (fresh) this.wait();
    this.bar.max = series.count - 1;
    this.bar.hidden = series.count < 2;
    this.mark();
    const viewport = this.viewport;
    if (fresh && viewport.getCurrentImageId()) viewport.resetProperties();
    try {
      await viewport.setStack(series.ids, place);
      viewport.render();
    } catch {
      this.fail();
    }
  }

  /** Take the newer frames of its series, without a jump. */
  async grow() {
    const id = this.viewport.getCurrentImageId();
    const place = this.series.places.get(id) ?? this.wanted;
    const camera = this.viewport.getCamera();
    const properties = this.viewport.getProperties();
    await this.show(this.series, place);
    this.viewport.setProperties(properties);
    this.viewport.setCamera(camera);
    this.viewport.render();
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
    this.overlay.clear();
    this.say("");
    this.element.classList.add("v-blank");
  }

  came({ imageIdIndex: place }) {
    this.place = place;
    this.waiting = false;
    if (place !== this.wanted && !this.note.hidden) return;
    this.wanted = place;
    this.bar.value = place;
    this.bar.setAttribute(
      "aria-valuetext",
      say("image_of", { place: place + 1, count: this.series.count }),
    );
    this.say(null);
    this.tell();
    this.hears.shown(this);
  }

  /** A frame that cannot be drawn leaves no picture: the one before would be taken for it. */
  fail(id = this.series.ids[this.wanted]) {
    if (id !== this.series?.ids[this.wanted]) return;
    const code = this.series.broken.get(this.series.names[this.wanted]);
    this.overlay.clear();
    this.bar.value = this.wanted;
    this.say(say(code ? "broken" : "not_loaded", { place: number(this.wanted + 1) }));
  }

  say(text) {
    this.note.hidden = !text;
    this.note.textContent = text ?? "";
    this.element.classList.toggle("v-blank", Boolean(text));
  }

  tell() {
    if (this.series?.count && !this.waiting && this.note.hidden) this.overlay.show(this);
  }

  scrollTo(place) {
    const last = this.series.count - 1;
    const wanted = Math.max(0, Math.min(last, place));
    if (wanted === this.wanted) return Promise.resolve();
    this.wanted = wanted;
    this.hears.wanted(this);
    return this.viewport.setImageIdIndex(wanted).catch(() => this.fail());
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

  /** The window of now: width and center, null for a colour image. */
  window() {
    const range = this.viewport?.getProperties().voiRange;
    if (!range || this.series.of(this.place, "samples") === 3) return null;
    const { windowWidth: width, windowCenter: center } = utilities.windowLevel.toWindowLevel(
      range.lower,
      range.upper,
    );
    return { width, center };
  }

  setWindow(width, center) {
    const voiRange = utilities.windowLevel.toLowHighRange(width, center);
    this.viewport.setProperties({ voiRange });
    this.viewport.render();
  }

  invert() {
    this.viewport.setProperties({ invert: !this.viewport.getProperties().invert });
    this.viewport.render();
  }

  flip(direction) {
    const camera = this.viewport.getCamera();
    this.viewport.setCamera({ [direction]: !camera[direction] });
    this.viewport.render();
  }

  rotate() {
    const { rotation = 0 } = this.viewport.getViewPresentation?.() ?? {};
    this.viewport.setViewPresentation({ rotation: (rotation + 90) % 360 });
    this.viewport.render();
  }

  reset() {
    this.viewport.resetCamera();
    this.viewport.resetProperties();
    this.viewport.render();
  }

  /** Device pixels for one pixel of the image. */
  zoom() {
    const viewport = this.viewport;
    const [, rowSpacing = 1] = viewport?.getImageData?.()?.spacing ?? [];
    const { parallelScale } = viewport?.getCamera() ?? {};
    if (!parallelScale) return 0;
    const height = this.canvas.clientHeight * devicePixelRatio;
    return (height * rowSpacing) / (2 * parallelScale);
  }

  /** One pixel of the image on one of the screen. */
  pixelSize() {
    this.scaleTo(1 / this.zoom());
  }

  /** A millimetre of the image on one of the screen, for a screen of 96 points an inch. */
  realSize() {
    const { parallelScale } = this.viewport.getCamera();
    this.scaleTo(((this.canvas.clientHeight / 2) * (25.4 / 96)) ** -1 * parallelScale);
  }

  scaleTo(factor) {
    const camera = this.viewport.getCamera();
    this.viewport.setCamera({ parallelScale: camera.parallelScale / factor });
    this.viewport.render();
  }

  /** The directions in space of the four edges of the view. */
  edges() {
    return this.viewport?.getCurrentImageId?.() ? edgesOf(this.viewport, this.canvas) : null;
  }
}

/** The directions in space of the four edges of a viewport in ``place``. */
export function edgesOf(viewport, place) {
  const at = (x, y) => viewport.canvasToWorld([x, y]);
  const right = unit(minus(at(place.clientWidth, 0), at(0, 0)));
  const bottom = unit(minus(at(0, place.clientHeight), at(0, 0)));
  if (!right || !bottom) return null;
  return { right, bottom, left: right.map((one) => -one), top: bottom.map((one) => -one) };
}

function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function unit(vector) {
  const size = Math.hypot(...vector);
  return size > 0 ? vector.map((one) => one / size) : null;
}
