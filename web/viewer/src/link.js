// Views that scroll together: by their place in space, else by the number of images.
import { dot } from "./exam.js";

const PARALLEL = 0.98;

/** Keeps views at the same place. ``off`` makes each scroll alone. */
export class Link {
  constructor(board) {
    this.board = board;
    this.on = true;
    this.following = new Set();
    this.anchors = new Map();
  }

  /** From now on the images of now belong together. */
  anchor() {
    this.anchors = new Map(
      this.board.views
        .filter((view) => view.series)
        .map((view) => [view, anchorOf(view)]),
    );
  }

  /** A view that was empty: what it shows belongs to what the others showed at first, and it
   * follows them to where they are now. */
  join(view) {
    const other = this.board.views.find((one) => one !== view && one.series && this.anchors.has(one));
    this.anchors.set(view, anchorOf(view));
    if (other) this.shown(other);
  }

  toggle() {
    this.on = !this.on;
    this.anchor();
  }

  /** A view shows a new image: the others follow it. */
  shown(view) {
    if (!this.on || this.following.delete(view)) return;
    for (const other of this.board.views) {
      if (other === view || !other.series) continue;
      const place = this.placeFor(view, other);
      if (place == null || place === other.wanted) continue;
      this.following.add(other);
      other.scrollTo(place).finally(() => this.following.delete(other));
    }
  }

  placeFor(view, other) {
    const [here, there] = [view.series, other.series];
    const [from, to] = [this.anchors.get(view), this.anchors.get(other)];
    if (!from || !to) return null;
    const along = here.along(view.place);
    if (along == null || other.series.along(other.place) == null || !parallel(view, other)) {
      const [start, counterpart] = [here.places.get(from.id), there.places.get(to.id)];
      if (start == null || counterpart == null) return null;
      return inside(counterpart + view.place - start, there.count);
    }
    const space = here.of(view.place, "space");
    const same = Boolean(space) && space === there.of(other.place, "space");
    // Two acquisitions have no common origin: their distances from the anchors agree.
    const wanted = same ? along : to.along + (along - from.along) * sign(view, other);
    return Number.isFinite(wanted) ? nearest(there, wanted) : null;
  }
}

function anchorOf({ series, shownId, wantedId }) {
  const id = shownId ?? wantedId;
  const place = series.places.get(id);
  return { id, along: place == null ? NaN : series.along(place) };
}

function inside(place, count) {
  return Math.max(0, Math.min(count - 1, place));
}

function normals(view, other) {
  return [view.series.normal(view.place), other.series.normal(other.place)];
}

function parallel(view, other) {
  return Math.abs(dot(...normals(view, other))) > PARALLEL;
}

function sign(view, other) {
  return Math.sign(dot(...normals(view, other)));
}

function nearest(series, wanted) {
  let [best, distance] = [0, Infinity];
  for (let place = 0; place < series.count; place += 1) {
    const away = Math.abs(series.along(place) - wanted);
    if (away < distance) [best, distance] = [place, away];
  }
  return best;
}
