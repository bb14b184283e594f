// Views that scroll together, by their places in the patient, else by the number of images; and whether
// a prior's image stands at the place of the current one.
import { follow, match } from "./matching.js";

/** Keeps views at the same place. ``off`` makes each scroll alone. */
export class Link {
  constructor(board) {
    this.board = board;
    this.on = true;
    // Whether the reader made the link: the images that were on the screen then belong together.
    this.chosen = false;
    this.following = new Set();
    // The image of each view that belongs to those of the others.
    this.anchors = new Map();
    // Views whose place beside the current exam is not known before more images have come.
    this.awaited = new Set();
  }

  /** From now on the images of now belong together; ``chosen`` when the reader says so. */
  anchor(chosen = false) {
    this.chosen = chosen;
    const shown = this.board.views.filter((view) => view.series);
    this.anchors = new Map(shown.map((view) => [view, view.shownId ?? view.wantedId]));
    this.awaited = new Set(shown.filter((view) => this.relation(view)?.why === "coming"));
    this.tell();
  }

  /** A view that was empty: what it shows belongs to what the others showed at first, and it
   * follows them to where they are now. */
  join(view) {
    const other = this.board.views.find((one) => one !== view && one.series && this.anchors.has(one));
    this.anchors.set(view, view.shownId ?? view.wantedId);
    if (other) {
      this.pair(other, view);
      this.shown(other);
    }
    if (this.relation(view)?.why === "coming") this.awaited.add(view);
    this.tell();
  }

  /** Let the image of ``view`` that matches the other's own belong to it; false where none does. */
  pair(other, view) {
    const start = other.series.places.get(this.anchors.get(other));
    const { place } = start == null ? {} : match(other.series, start, view.series);
    if (place == null) return false;
    this.anchors.set(view, view.series.ids[place]);
    return true;
  }

  toggle() {
    this.on = !this.on;
    this.anchor(this.on);
  }

  /** More images have come: a view whose place was not known goes there. */
  settle() {
    for (const view of this.awaited) {
      const found = this.board.views.includes(view) ? this.relation(view) : null;
      if (found?.why === "coming") continue;
      this.awaited.delete(view);
      if (found?.place == null || !this.on || this.chosen) continue;
      const { current } = this;
      if (!this.pair(current, view)) {
        this.anchors.set(current, current.wantedId);
        this.anchors.set(view, view.series.ids[found.place]);
      }
      this.go(view, found.place);
    }
    this.tell();
  }

  /** A view shows a new image: the others follow it. */
  shown(view) {
    if (this.on && !this.following.delete(view)) {
      for (const other of this.board.views) if (other !== view && other.series) this.lead(view, other);
    }
    this.tell();
  }

  lead(view, other) {
    const place = this.placeFor(view, other);
    if (place != null && place !== other.wanted) this.go(other, place);
  }

  /** Show this place without being followed by the others. */
  go(view, place) {
    this.following.add(view);
    view.scrollTo(place).finally(() => this.following.delete(view));
  }

  placeFor(view, other) {
    const [from, to] = [this.anchors.get(view), this.anchors.get(other)];
    return from && to ? follow(view.series, view.place, other.series, from, to) : null;
  }

  /** The view of the current exam. */
  get current() {
    return this.board.views.find((view) => view.series && !view.prior);
  }

  /** Where a prior's view belongs beside the current exam; null for any other view. */
  relation(view) {
    const { current } = this;
    if (!current || !view.prior || !view.series) return null;
    // Two images alone are compared as they are.
    if (current.series.count < 2 && view.series.count < 2 && !view.series.coming) return null;
    return match(current.series, current.wanted, view.series);
  }

  /** Tell each prior's view by which code it matches the current image, or why it does not; "" where
   * nothing is to be said. */
  tell() {
    for (const view of this.board.views) view.relate(this.codeOf(view));
  }

  codeOf(view) {
    const found = this.on ? this.relation(view) : null;
    if (!found || found.by === "space") return "";
    const code = found.why ?? found.by;
    return this.chosen && code !== "orientation" ? "" : code;
  }
}
