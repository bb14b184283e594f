// Whether a series of slices makes a volume that can be cut without distortion.
import { cross } from "./exam.js";

const LEAST = 4;
// Each slice stands at its own place along the line of all: nearer than this part of a step, or
// than the rounding of written coordinates, in mm.
const OFF = 0.01;
const ROUNDING = 0.01;
// The sine of the angle between that line and the slices' normal: a tilted gantry shears.
const TILT = 0.002;
const TABLES = ["voi_table", "modality_table"];
const ONE_FOR_ALL = ["rows", "columns", "spacing", "samples", "photometric"];

/** Whether the series can be cut in other planes: grey, all there, one spacing, steps that are
 * even, straight, and along the slices' normal. */
export function canCut(series) {
  if (!series?.drawable || !series.told.in_space || series.count < LEAST || series.coming) return false;
  // The GPU, which cuts, knows no tables of contrast; between two entries of a table lies no value.
  if (TABLES.some((name) => series.told.each?.[name] || series.told.same?.[name])) return false;
  if (ONE_FOR_ALL.some((name) => series.told.each?.[name])) return false;
  if (series.of(0, "samples") !== 1 || !/^MONOCHROME/.test(series.of(0, "photometric"))) return false;
  const normal = series.normal(0);
  const origins = series.frames.map((_, place) => series.of(place, "position"));
  if (!normal || origins.some((one) => !one)) return false;
  return straight(origins, normal);
}

/** Whether these origins follow each other evenly along ``normal``. */
export function straight(origins, normal) {
  const first = origins[0];
  const step = minus(origins.at(-1), first).map((one) => one / (origins.length - 1));
  const size = Math.hypot(...step);
  if (!(size > 0)) return false;
  const sine = Math.hypot(...cross(step, normal)) / (size * Math.hypot(...normal));
  if (!(sine <= TILT)) return false;
  const most = Math.max(OFF * size, ROUNDING);
  return origins.every((one, at) => {
    const there = first.map((value, axis) => value + at * step[axis]);
    return Math.hypot(...minus(one, there)) <= most;
  });
}

function minus(a, b) {
  return a.map((one, axis) => one - b[axis]);
}
