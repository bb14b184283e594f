// Where an image of one series belongs in another: by the space of the patient that both share, else
// by the distances in mm from the middles of both stacks. Where neither holds, no place is claimed.
import { cross, dot } from "./exam.js";

// Cosine: slices that stand closer to each other than this are parallel.
const PARALLEL = 0.98;
// A stack that is longer than so many times the other one shows more of the body.
const LONGEST = 2;
// In mm: the least distance at which a slice still stands at a place.
const LEAST = 1;
const stacks = new WeakMap();

/** The slices of a series by their places, null for a frame without a place in the patient; once for
 * each document of it. */
function slicesOf(series) {
  const { told } = series;
  if (!stacks.has(told)) {
    stacks.set(told, series.frames.map((_, place) => sliceOf((name) => series.of(place, name), place)));
  }
  return stacks.get(told);
}

function sliceOf(of, place) {
  const [position, axes] = [of("position"), of("orientation")];
  if (!position || !axes) return null;
  const [row, column] = [axes.slice(0, 3), axes.slice(3)];
  const [tall, wide] = of("spacing") ?? [0, 0];
  const right = (((of("columns") ?? 1) - 1) * wide) / 2;
  const down = (((of("rows") ?? 1) - 1) * tall) / 2;
  const centre = position.map((one, axis) => one + right * row[axis] + down * column[axis]);
  const [normal, thickness] = [cross(row, column), of("thickness") ?? 0];
  return { place, centre, normal, thickness, space: of("space") ?? "" };
}

const isParallel = (one, other) => Math.abs(dot(one.normal, other.normal)) > PARALLEL;

/** The slice at ``place`` of ``here`` and all slices of ``there`` that are parallel to it; ``shared``
 * when these lie in its space. ``why`` there are none: "unplaced" or "orientation". */
function pairOf(here, place, there) {
  const mine = slicesOf(here)[place];
  const placed = slicesOf(there).filter(Boolean);
  if (!mine || !placed.length) return { why: "unplaced" };
  const parallel = placed.filter((one) => isParallel(one, mine));
  if (!parallel.length) return { why: "orientation" };
  const near = parallel.filter((one) => mine.space && one.space === mine.space);
  return { mine, theirs: near.length ? near : parallel, shared: near.length > 0 };
}

function nearest(slices, away) {
  let [best, least] = [slices[0], Infinity];
  for (const one of slices) {
    const distance = away(one);
    if (distance < least) [best, least] = [one, distance];
  }
  return { slice: best, distance: least };
}

/** The nearest slice to the plane of ``mine``, by its own normal: slightly tilted stacks meet in the
 * middle of the image. */
const inSpace = ({ mine, theirs }) =>
  nearest(theirs, (one) => Math.abs(dot(minus(mine.centre, one.centre), one.normal)));

const along = (slices, normal) => slices.map((one) => dot(one.centre, normal));

function extentOf(slices, normal) {
  const all = along(slices, normal);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const steps = new Set(all.map((one) => one.toFixed(2))).size - 1;
  return { middle: (low + high) / 2, length: high - low, step: steps ? (high - low) / steps : 0 };
}

/** The ``place`` in ``there`` that belongs to ``place`` in ``here``, found ``by`` "space" or "middle".
 *
 * Without one, ``why``: "unplaced" (an image without a place in the patient), "orientation", "extent"
 * (one stack shows much more of the body), "outside" (``there`` ends before), or "coming" (its images
 * are not all there yet). */
export function match(here, place, there) {
  const pair = pairOf(here, place, there);
  const coming = here.coming || there.coming;
  if (pair.why) return there.coming && !there.count ? { why: "coming" } : pair;
  const { mine, theirs, shared } = pair;
  const ends = extentOf(theirs, mine.normal);
  let found;
  if (shared) found = inSpace(pair);
  else if (coming) return { why: "coming" };
  else {
    const own = extentOf(slicesOf(here).filter((one) => one && isParallel(one, mine)), mine.normal);
    const [short, long] = [own.length, ends.length].sort((a, b) => a - b);
    if (!(short > 0) || long > LONGEST * short) return { why: "extent" };
    const wanted = ends.middle + dot(mine.centre, mine.normal) - own.middle;
    found = nearest(theirs, (one) => Math.abs(dot(one.centre, mine.normal) - wanted));
  }
  const reach = Math.max(ends.step, found.slice.thickness, LEAST) / 2;
  if (found.distance > reach + 1e-6) return { why: coming ? "coming" : "outside" };
  return { place: found.slice.place, by: shared ? "space" : "middle" };
}

/** The place of ``there`` that follows ``place`` of ``here``, when the places ``from`` and ``to``
 * belong together; null when the one does not move with the other. */
export function follow(here, place, there, from, to) {
  const pair = pairOf(here, place, there);
  if (pair.why === "orientation") return null;
  if (pair.shared) return inSpace(pair).slice.place;
  const [start, counterpart] = [here.places.get(from), there.places.get(to)];
  if (start == null || counterpart == null) return null;
  const [first, second] = [slicesOf(here)[start], slicesOf(there)[counterpart]];
  if (pair.why || !first || !second) {
    return Math.max(0, Math.min(there.count - 1, counterpart + place - start));
  }
  // Two acquisitions have no common origin: their distances from where they were agree.
  const { mine, theirs } = pair;
  const moved = dot(minus(mine.centre, first.centre), mine.normal);
  const wanted = dot(second.centre, mine.normal) + moved;
  return nearest(theirs, (one) => Math.abs(dot(one.centre, mine.normal) - wanted)).slice.place;
}

function minus(a, b) {
  return a.map((one, axis) => one - b[axis]);
}
