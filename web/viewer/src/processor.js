// Stack views drawn by the processor: where the browser's GPU is a program, by which an image costs three
// times as much; where the browser has taken the GPU away, or an image has a longer side than it takes; and
// wherever a view has a recipe (tables, a mask), which no GPU draws here. Cornerstone keeps camera, windows
// and tools; only the picture is made here.
import { Enums, eventTarget } from "@cornerstonejs/core";
import { make } from "./dom.js";
import { worldOf } from "./presentation.js";
import { difference, entryOf, recipeOf } from "./recipe.js";

const PROGRAMS = /swiftshader|llvmpipe|softpipe|software|basic render/i;
// Entries of a table for values that are no whole numbers, or whose window is wider.
const ENTRIES = 4096;
const WIDEST = 65536;
const BLACK = 0xff000000;

/** ``processor``: whether stack views are drawn here; our own tests draw both ways. ``lost``: whether the
 * GPU is no more. ``largest``: the longest side of an image that it takes, in pixels. */
export const drawing = { processor: false, lost: false, largest: Infinity };
const kept = new WeakMap();

/** Look at the GPU of this browser: whether it is a program, and its largest images. */
function lookAtGpu() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return;
  const facts = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(facts ? facts.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  drawing.largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
  drawing.processor = PROGRAMS.test(name);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
}

/** Let this engine draw its stack views here while ``drawing`` says so, or a view's recipe or image. */
export function drawByProcessor(engine) {
  lookAtGpu();
  const { _implementation: pool } = engine;
  const byGpu = pool.renderViewportUsingCustomOrVtkPipeline.bind(pool);
  pool.renderViewportUsingCustomOrVtkPipeline = (viewport) => {
    if (!drawing.lost && isLost(pool)) lose();
    const stack = viewport.type === Enums.ViewportType.STACK;
    const here = stack && (drawing.processor || recipeOf(viewport) || isTooLarge(viewport.csImage));
    if (here) return draw(viewport);
    return drawing.lost ? undefined : byGpu(viewport);
  };
  eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, () => {
    lose();
    engine.render();
  });
}

/** From now on the GPU would draw black pictures under the words of images, or fail, which leaves
 * Cornerstone waiting for the end of that frame for ever. */
function lose() {
  Object.assign(drawing, { processor: true, lost: true });
}

/** Whether the browser has taken the GPU away; its event comes later. */
function isLost({ contextPool }) {
  const all = contextPool?.getAllContexts() ?? [];
  return all.some((one) => one.getOpenGLRenderWindow().getContext()?.isContextLost());
}

const isTooLarge = (image) => image && Math.max(image.rows, image.columns) > drawing.largest;

/** Give a view's element the canvas that Cornerstone will take: in the memory of the processor, and
 * without transparency, it costs half. */
export function prepareCanvas(element) {
  if (!drawing.processor || element.querySelector("canvas")) return;
  const canvas = make("canvas", { class: "cornerstone-canvas" });
  Object.assign(canvas.style, { position: "absolute", width: "100%", height: "100%" });
  const around = make("div", { class: "viewport-element" }, canvas);
  Object.assign(around.style, { position: "relative", width: "100%", height: "100%", overflow: "hidden" });
  element.append(around);
  canvas.getContext("2d", { willReadFrequently: true, alpha: false });
}

/** Draw the viewport's image of now; the detail of Cornerstone's event. */
function draw(viewport) {
  const { canvas, sWidth: width, sHeight: height } = viewport;
  if (!canvas.clientWidth || !canvas.clientHeight) return undefined;
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
    canvas.style.aspectRatio = `${width} / ${height}`;
  }
  const context = canvas.getContext("2d");
  context.save();
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  const image = viewport.csImage;
  const actor = viewport.getDefaultActor()?.actor;
  if (image && actor) {
    context.setTransform(...placeOf(viewport, image));
    context.imageSmoothingEnabled =
      actor.getProperty().getInterpolationType() !== Enums.InterpolationType.NEAREST;
    context.drawImage(pictureOf(viewport, image, actor), 0, 0);
  }
  context.restore();
  const { element, suppressEvents, id: viewportId, renderingEngineId, viewportStatus } = viewport;
  return { element, suppressEvents, viewportId, renderingEngineId, viewportStatus };
}

/** Where the picture stands on the canvas: from its pixels to those of the canvas. */
function placeOf(viewport, { rows, columns }) {
  const [origin, right, down] = [
    [0, 0],
    [columns, 0],
    [0, rows],
  ].map((point) => viewport.worldToCanvas(worldOf({ viewport }, point)).map((one) => one * devicePixelRatio));
  const side = (end, size) => [0, 1].map((axis) => (end[axis] - origin[axis]) / size);
  return [...side(right, columns), ...side(down, rows), ...origin];
}

/** The image in grey levels or colours, made anew when the image or its curve has changed. */
function pictureOf(viewport, image, actor) {
  const curve = actor.getProperty().getRGBTransferFunction(0);
  const known = kept.get(viewport) ?? sheet();
  kept.set(viewport, known);
  const age = curve.getMTime();
  const recipe = recipeOf(viewport);
  const same = known.curve === curve && known.age === age && known.recipe === recipe;
  if (same && known.image === image) return known.canvas;
  const values = image.getPixelData();
  const pixels = recipe?.mask ? difference(values, recipe.mask) : values;
  const whole = !(pixels instanceof Float32Array);
  if (!same || known.whole !== whole) known.table = levelsOf(curve, whole, recipe?.maps ?? []);
  Object.assign(known, { curve, age, image, whole, recipe });
  if (known.canvas.width !== image.columns || known.canvas.height !== image.rows) {
    Object.assign(known.canvas, { width: image.columns, height: image.rows });
    known.data = known.context.createImageData(image.columns, image.rows);
    known.out = new Uint32Array(known.data.data.buffer);
  }
  if (image.numberOfComponents === 3) paintColours(pixels, known);
  else paintLevels(pixels, known);
  known.context.putImageData(known.data, 0, 0);
  return known.canvas;
}

function sheet() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 0;
  return { canvas, context: canvas.getContext("2d", { willReadFrequently: true, alpha: false }) };
}

/** The pixels of values: by the curve, or by the entries of tables and then by the curve. */
function levelsOf(curve, whole, [first, ...others]) {
  if (!first) return tableOf(curve, whole);
  const grey = tableOf(curve, true);
  const last = grey.colours.length - 1;
  const colours = Uint32Array.from(first.entries, (entry) => {
    const value = others.reduce((found, map) => entryOf(map, found), entry);
    const at = Math.round((value - grey.from) * grey.scale);
    return grey.colours[at > 0 ? Math.min(at, last) : 0];
  });
  return { colours, from: first.first, scale: 1 };
}

/** The curve as a table of pixels: one entry for each whole number of its range where it may be so. */
function tableOf(curve, whole) {
  const [low, high] = curve.getRange();
  const [from, to] = whole ? [Math.floor(low), Math.ceil(high)] : [low, high];
  const exact = whole && to - from < WIDEST;
  const count = exact ? Math.max(2, to - from + 1) : ENTRIES;
  const levels = new Float64Array(3 * count);
  curve.getTable(from, exact ? from + count - 1 : to, count, levels);
  const colours = new Uint32Array(count);
  for (let one = 0; one < count; one += 1) {
    const [red, green, blue] = [0, 1, 2].map((part) => Math.round(levels[3 * one + part] * 255));
    colours[one] = (BLACK | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return { colours, from, scale: exact ? 1 : (count - 1) / (to - from || 1) };
}

function paintLevels(pixels, { out, table: { colours, from, scale } }) {
  const last = colours.length - 1;
  for (let one = 0; one < out.length; one += 1) {
    const at = Math.round((pixels[one] - from) * scale);
    out[one] = colours[at > 0 ? (at < last ? at : last) : 0];
  }
}

/** Each colour by the same curve: its grey level is any of its parts. */
function paintColours(pixels, { out, table: { colours, from, scale } }) {
  const last = colours.length - 1;
  const level = (value) => {
    const at = Math.round((value - from) * scale);
    return colours[at > 0 ? (at < last ? at : last) : 0] & 255;
  };
  const levels = Uint8Array.from({ length: 256 }, (_, value) => level(value));
  for (let one = 0; one < out.length; one += 1) {
    const [red, green, blue] = [levels[pixels[3 * one]], levels[pixels[3 * one + 1]], levels[pixels[3 * one + 2]]];
    out[one] = BLACK | (blue << 16) | (green << 8) | red;
  }
}
