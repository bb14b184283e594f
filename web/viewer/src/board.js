// The views side by side: current exam left, prior right; one of them is selected.
import { Enums, eventTarget } from "@cornerstonejs/core";
import { make } from "./dom.js";
import { referenceLines, resize } from "./engine.js";
import { Link } from "./link.js";
import { View } from "./view.js";
import { stop } from "./cine.js";
import { again } from "./presentation.js";

const MOST = 4;

/** ``hears.shown(view)`` follows each new image, ``hears.picked(view)`` each choice of a view. */
export class Board {
  constructor(hears) {
    this.hears = hears;
    this.views = [];
    this.selected = null;
    this.lines = true;
    this.link = new Link(this);
    this.element = make("div", { class: "v-board", data: { count: 0 } });
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, ({ detail }) => {
      for (const view of this.views) view.fail(detail.imageId);
    });
    // An image that keeps the form of a former window would be a distorted one.
    new ResizeObserver(() => resize()).observe(this.element);
  }

  /** So many views; those that are there stay. */
  layout(count) {
    const wanted = Math.max(1, Math.min(MOST, count));
    let changed = this.views.length < wanted;
    while (this.views.length > wanted) {
      const view = this.views.pop();
      stop(view);
      view.disable();
      changed = true;
    }
    // A view takes its size when it is enabled: all places are made before.
    const fresh = [];
    for (let at = this.views.length; at < wanted; at += 1) {
      const view = new View({
        shown: (one) => this.shown(one),
        wanted: (one) => this.hears.wanted(one),
        picked: (one) => this.pick(one),
      });
      this.element.append(view.element);
      fresh.push(view);
    }
    this.element.dataset.count = wanted;
    for (const view of fresh) view.enable();
    this.views.push(...fresh);
    if (changed) resize();
    if (!this.views.includes(this.selected)) this.pick(this.views[0]);
  }

  pick(view) {
    this.selected = view;
    for (const one of this.views) one.element.classList.toggle("v-selected", one === view);
    this.drawLines();
    this.hears.picked(view);
  }

  shown(view) {
    this.link.shown(view);
    this.hears.shown(view);
  }

  drawLines() {
    const some = this.lines && this.views.length > 1 && this.selected?.series;
    referenceLines(some ? this.selected.id : null);
  }

  /** Show these series from left to right, each at its first frame; an exam without one keeps its
   * place free. */
  async show(list) {
    this.layout(list.length);
    await Promise.all(
      list.map(({ exam, series, prior, place }, at) => {
        const view = this.views[at];
        view.prior = prior;
        return series ? view.show(series, place) : view.await(exam);
      }),
    );
    this.link.anchor();
    this.drawLines();
  }

  /** The series on the screen. */
  get series() {
    return new Set(this.views.map((view) => view.series).filter(Boolean));
  }

  /** Take newer documents: views of series that are no more are emptied at once. */
  update() {
    for (const view of this.views) {
      if (view.series && !view.series.drawable) {
        stop(view);
        view.empty();
      } else if (view.series) {
        view.vouch();
        view.mark();
        again(view);
        view.tell();
      } else if (view.awaits && !view.awaits.first) {
        view.await(view.awaits);
      }
    }
  }

  empty() {
    for (const view of this.views.splice(0)) {
      stop(view);
      view.disable();
    }
    this.selected = null;
    this.element.dataset.count = 0;
  }
}
