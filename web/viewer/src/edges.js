// Directions in space at the edges of a picture.

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
