// A presentation state on a view: for the images that it names, its window, turns, area, shutters and
// notes; for all others the plain image, and words that say so.
import { LINEAR, curveOf, rangeOf } from "./curves.js";
import { draw } from "./drawing.js";
import { modalityEnds } from "./kinds.js";
import { setLevels } from "./levels.js";
import { say } from "./page.js";
import { cook, endsOf, isThroughTable, throughTables } from "./recipe.js";

/** The states that a view's exam offers for its series; refused ones too, with their reasons. */
export function statesOf(view) {
  const { series } = view;
  if (!series) return [];
  const at = series.exam.series.indexOf(series);
  return (series.exam.told.states ?? []).filter((one) => one.why || one.images[at]);
}

/** A state's name in words. */
export function nameOf(state) {
  return state.label || say("unnamed");
}

/** Apply this state from now on, null for none; a refused one is told and leaves the plain image. */
export function choose(view, state) {
  view.state = state;
  plain(view);
  present(view);
}

/** The same state of a newer document; none when it is no more. */
export function again(view) {
  if (!view.state) return;
  const found = statesOf(view).find((one) => one.uid === view.state.uid);
  if (JSON.stringify(found) === JSON.stringify(view.state)) view.state = found;
  else choose(view, found ?? null);
}

/** What the image on the screen needs of the view's state: called with each new image. */
export function present(view) {
  const { state } = view;
  view.layer.replaceChildren();
  view.told = "";
  if (!state || !view.series || view.waiting) return tell(view);
  const name = nameOf(state);
  if (state.why) view.told = say("not_presented", { name, reason: say(`why_${state.why}`) });
  else if (!holds(view, state.images)) {
    plain(view);
    view.told = say("state_elsewhere", { name });
  } else apply(view, state, name);
  return tell(view);
}

function tell(view) {
  view.presented.textContent = view.told;
  view.presented.hidden = !view.told;
}

/** Draw shutters and notes where the image stands now. */
export function redraw(view) {
  const { state } = view;
  const shown = state && !state.why && view.series && !view.waiting && holds(view, state.images);
  if (!shown) return view.layer.replaceChildren();
  const here = (one) => !one.on || holds(view, one.on);
  return draw(view, state.shutters, state.notes.filter(here), state.areas.find(here));
}

function holds(view, images) {
  const at = view.series.exam.series.indexOf(view.series);
  return Boolean(images[at]?.includes(view.place));
}

function plain(view) {
  if (view.viewport?.getCurrentImageId?.()) view.reset();
}

function apply(view, state, name) {
  const here = (one) => !one.on || holds(view, one.on);
  const viewport = view.viewport;
  viewport.resetCamera();
  if (!state.colour) level(view, state, state.windows.find(here));
  turn(viewport, state);
  const area = state.areas.find(here);
  if (area) frame(view, area);
  viewport.render();
  view.told = [
    say("state_named", { name }),
    isThroughTable(view) && say("after_table"),
    area?.size === "TRUE SIZE" && say("state_true_size"),
  ]
    .filter(Boolean)
    .join(" · ");
  redraw(view);
}

/** The levels of the state: those of its window or table, else all values that the image can have; never
 * those of the image, nor its tables or masks. */
function level(view, state, voi) {
  const tables = [state.modality_table, voi?.table].filter(Boolean);
  const levels = { curve: LINEAR, inverted: state.inverse, chosen: true };
  if (voi?.table) levels.range = endsOf(voi.table);
  else if (voi) {
    levels.curve = curveOf(voi.function, voi.width);
    levels.range = rangeOf(voi, levels.curve);
  } else if (state.modality_table) levels.range = endsOf(state.modality_table);
  else levels.range = modalityEnds((name) => view.series.of(view.place, name));
  cook(view.viewport, tables.length ? throughTables(tables) : null);
  Object.assign(view, { meaning: "state", masked: false, through: "" });
  setLevels(view.viewport, levels);
}

/** Clockwise first, then from left to right (PS3.3 C.10.6). */
function turn(viewport, { rotation, flip }) {
  const { viewUp: up, viewPlaneNormal: normal } = viewport.getCamera();
  const right = cross(up, normal);
  const [sine, cosine] = [Math.sin((rotation * Math.PI) / 180), Math.cos((rotation * Math.PI) / 180)];
  if (flip) viewport.setCamera({ flipHorizontal: true });
  viewport.setCamera({ viewUp: up.map((one, at) => cosine * one - sine * right[at]) });
}

/** Put the displayed area into the middle of the view, as large as it fits. */
function frame(view, area) {
  const viewport = view.viewport;
  const corners = cornersOf(area).map((point) => worldOf(view, point));
  const middle = [0, 1, 2].map((axis) => (corners[0][axis] + corners[2][axis]) / 2);
  const { focalPoint, position } = viewport.getCamera();
  const by = middle.map((one, axis) => one - focalPoint[axis]);
  const { clientWidth: wide, clientHeight: tall } = view.canvas;
  const points = corners.map((one) => viewport.worldToCanvas(one));
  const size = (axis) => Math.max(...points.map((one) => one[axis])) - Math.min(...points.map((one) => one[axis]));
  const factor = Math.max(size(0) / wide, size(1) / tall);
  const { parallelScale } = viewport.getCamera();
  viewport.setCamera({
    focalPoint: focalPoint.map((one, axis) => one + by[axis]),
    position: position.map((one, axis) => one + by[axis]),
    parallelScale: parallelScale * (factor || 1),
  });
  if (area.size === "MAGNIFY") view.scaleTo(area.factor / view.zoom());
}

/** The four corners of an area, from its columns and rows: the edges of their pixels. */
export function cornersOf({ corners: [x0, y0, x1, y1] }) {
  const [left, right] = [Math.min(x0, x1) - 1, Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1) - 1, Math.max(y0, y1)];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** A point of the picture, whose first pixel begins at 0, in the space of the view. */
export function worldOf(view, [x, y]) {
  const { origin, direction, spacing } = view.viewport.getImageData();
  return [0, 1, 2].map(
    (axis) =>
      origin[axis] +
      (x - 0.5) * spacing[0] * direction[axis] +
      (y - 0.5) * spacing[1] * direction[3 + axis],
  );
}

function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
