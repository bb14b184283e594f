// Windows as curves of grey levels (PS3.3 C.11.2.1): from a centre and a width to the values at both
// ends, and back; and the grey of a value.

export const LINEAR = "LINEAR";
export const EXACT = "LINEAR_EXACT";
export const SIGMOID = "SIGMOID";
// A line through one value alone is a step: nothing can draw one that has no width at all.
const STEP = 1e-3;

/** The curve of a window whose function has this name. LINEAR takes one value off each width: one of
 * less than a value can be meant exactly alone, and would be drawn upside down. */
export function curveOf(name, width) {
  if (name && name !== LINEAR) return name;
  return width < 1 ? EXACT : LINEAR;
}

const lessOf = (curve) => (curve === EXACT ? 0 : 1);

/** The values that are black and white; those of a sigmoid are the ends of its window, as Cornerstone
 * wants them. */
export function rangeOf({ center, width }, curve) {
  const less = lessOf(curve);
  const wide = width - less;
  const half = (wide > 0 ? wide : STEP) / 2;
  const middle = center - less / 2;
  return { lower: middle - half, upper: middle + half };
}

/** The centre and the width of a range. */
export function windowOf({ lower, upper }, curve) {
  const less = lessOf(curve);
  return { center: (lower + upper + less) / 2, width: upper - lower + less };
}

/** From a value to its grey, 0 to 1. */
export function greyOf(range, curve) {
  const { lower, upper } = range;
  if (curve !== SIGMOID) return (value) => Math.min(1, Math.max(0, (value - lower) / (upper - lower)));
  const { center, width } = windowOf(range, curve);
  return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
}
