// Shutters, texts and graphics of a presentation state over a view, as SVG made by hand.
import { cornersOf, worldOf } from "./presentation.js";

// On the elements themselves: a picture that is kept has no sheet of styles.
const PEN = { fill: "none", stroke: "#ffe14a", "stroke-width": 1.5 };
const WORDS = { fill: "#ffe14a", stroke: "#000", "stroke-width": 3, "paint-order": "stroke" };
const SVG = "http://www.w3.org/2000/svg";
const LINE = 18;
const STEPS = 72;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Draw them where the image of ``view`` stands now; ``area`` is its displayed area. */
export function draw(view, shutters, notes, area) {
  const at = (point) => view.viewport.worldToCanvas(worldOf(view, point));
  const of = placing(view, area, at);
  const { clientWidth: wide, clientHeight: tall } = view.canvas;
  view.layer.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
  view.layer.replaceChildren(
    ...shutters.map((one) => shutter(view, one, at)),
    ...notes.flatMap((note) => [
      ...note.graphics.map((one) => graphic(one, one.points.map((point) => of(point, one.of_area)))),
      ...note.texts.flatMap((one) => text(one, of)),
    ]),
  );
}

/** Where a point stands on the screen: of the picture, or a part of the displayed area. */
function placing(view, area, at) {
  const { rows, columns } = view.viewport.csImage;
  const corners = cornersOf(area ?? { corners: [1, 1, columns, rows] }).map(at);
  const side = (axis, of) => of(...corners.map((one) => one[axis]));
  const [left, right] = [side(0, Math.min), side(0, Math.max)];
  const [top, bottom] = [side(1, Math.min), side(1, Math.max)];
  return (point, ofArea) =>
    ofArea ? [left + point[0] * (right - left), top + point[1] * (bottom - top)] : at(point);
}

function outline(points) {
  return `M${points.map((one) => one.map((value) => value.toFixed(2)).join(" ")).join("L")}`;
}

/** All but the shape, in the shutter's grey. Its numbers name pixels, whose middles are meant. */
function shutter(view, one, at) {
  const { clientWidth: wide, clientHeight: tall } = view.canvas;
  const inside = edgesOf(one).map(at);
  const d = `M0 0H${wide}V${tall}H0Z${outline(inside)}Z`;
  return shape("path", { d, "fill-rule": "evenodd", stroke: "none", fill: `rgb(${one.grey},${one.grey},${one.grey})` });
}

function edgesOf(one) {
  if (one.shape === "rectangle") {
    const [left, right, top, bottom] = one.edges;
    return cornersOf({ corners: [left, top, right, bottom] });
  }
  const middle = ([x, y]) => [x - 0.5, y - 0.5];
  if (one.shape === "polygon") return one.points.map(middle);
  const [x, y] = middle(one.centre);
  return around((cosine, sine) => [x + one.radius * cosine, y + one.radius * sine]);
}

function around(point) {
  return Array.from({ length: STEPS }, (_, step) => {
    const angle = (2 * Math.PI * step) / STEPS;
    return point(Math.cos(angle), Math.sin(angle));
  });
}

const between = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

const SHAPES = {
  point: ([[x, y]]) => shape("circle", { cx: x, cy: y, r: 3, fill: PEN.stroke }),
  polyline: (points) => shape("path", { d: outline(points) }),
  interpolated: (points) => shape("path", { d: smooth(points) }),
  circle: ([centre, edge]) =>
    shape("circle", { cx: centre[0], cy: centre[1], r: Math.hypot(edge[0] - centre[0], edge[1] - centre[1]) }),
  ellipse: ([a, b, c, d]) => {
    const [x, y] = between(a, b);
    const [u, v] = [
      [(b[0] - a[0]) / 2, (b[1] - a[1]) / 2],
      [(d[0] - c[0]) / 2, (d[1] - c[1]) / 2],
    ];
    const points = around((cosine, sine) => [x + u[0] * cosine + v[0] * sine, y + u[1] * cosine + v[1] * sine]);
    return shape("path", { d: `${outline(points)}Z` });
  },
};

function graphic(one, points) {
  const made = SHAPES[one.type](points);
  for (const [name, value] of Object.entries(PEN)) {
    if (!made.hasAttribute(name)) made.setAttribute(name, value);
  }
  if (one.filled) made.setAttribute("fill", PEN.stroke);
  return made;
}

/** A curve through all points: Catmull and Rom's. */
function smooth(points) {
  const at = (place) => points[Math.max(0, Math.min(points.length - 1, place))];
  const bend = (from, to, of) => [of[0] + (to[0] - from[0]) / 6, of[1] + (to[1] - from[1]) / 6];
  const parts = points.slice(1).map((point, place) => {
    const first = bend(at(place - 1), point, at(place));
    const second = bend(at(place + 2), at(place), point);
    return `C${[first, second, point].map((one) => one.join(" ")).join(",")}`;
  });
  return `M${points[0].join(" ")}${parts.join("")}`;
}

function text(one, of) {
  const box = one.box?.map((point) => of(point, one.box_of_area));
  const anchor = one.anchor && of(one.anchor, one.anchor_of_area);
  const lines = one.text.split("\n");
  const [x, y] = box ? corner(box, one.side) : anchor;
  const ends = { left: "start", center: "middle", right: "end" };
  const words = shape(
    "text",
    { x, y, "text-anchor": ends[one.side], "font-size": 14, "font-family": "sans-serif", ...WORDS },
    ...lines.map((line, at) => {
      const made = shape("tspan", { x, dy: at ? LINE : LINE * 0.8 });
      made.textContent = line;
      return made;
    }),
  );
  const leader = box && anchor && one.visible;
  return leader ? [shape("path", { d: outline([between(...box), anchor]), ...PEN }), words] : [words];
}

function corner([a, b], side) {
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  return [{ left, center: (left + right) / 2, right }[side], Math.min(a[1], b[1])];
}
