// The frames as images of Cornerstone: decoded by our own workers, with our own checks.
import { imageLoader, utilities } from "@cornerstonejs/core";
import { LINEAR, rangeOf, windowOf } from "./curves.js";
import { decode } from "./decoding.js";
import { kindOf } from "./kinds.js";
import { Lost } from "./lost.js";
import { calibration, find, functionOf, spacingOf, windowsOf } from "./metadata.js";
import { endsOf } from "./recipe.js";

const COLOURS = new Set(["RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"]);
/** Hashes of stored pixels by image, for tests: filled only when they ask for it. */
export const hashes = new Map();
export const settings = { hash: false };
/** How many frames were decoded, for measurements. */
export const counts = { decoded: 0 };

/** The facts by which a worker decodes a frame. */
export function specOf(series, place) {
  const of = (name) => series.of(place, name);
  const colour = COLOURS.has(of("photometric"));
  return {
    syntax: series.syntax(place),
    rows: of("rows"),
    columns: of("columns"),
    samples: of("samples"),
    photometric: of("photometric"),
    planar: of("planar") ?? 0,
    allocated: of("allocated"),
    bits: of("bits"),
    signed: of("signed"),
    slope: of("slope") ?? 1,
    intercept: of("intercept") ?? 0,
    palette: of("palette"),
    table: of("modality_table"),
    padding: colour ? null : paddingOf(of),
    colour,
    kind: colour ? "Uint8Array" : kindOf(series),
    hash: settings.hash,
  };
}

/** The stored values that are no image (PS3.3 C.7.5.1.1.2), null for none. */
function paddingOf(of) {
  const one = of("padding");
  return one == null ? null : [one, of("padding_limit") ?? one];
}

/** A frame that cannot be drawn; its message is a code. The view tells it in words. */
class FrameError extends Error {}

async function load(id, source) {
  const asked = find(id);
  const { series } = asked;
  const name = series.names[asked.place];
  const bytes = await source.take(series, name).catch((error) => {
    series.missing.set(name, error.code);
    throw error;
  });
  series.missing.delete(name);
  // Each time that something was awaited the frame may stand elsewhere, or nowhere.
  const spec = specOf(series, placeOf(id));
  let found;
  try {
    found = await decode(bytes, spec);
  } catch (error) {
    series.broken.set(name, error.message);
    throw new FrameError(error.message);
  }
  const place = placeOf(id);
  counts.decoded += 1;
  if (found.hash) hashes.set(id, found.hash);
  if (found.lossy) series.lossy.add(name);
  return imageOf(id, series, place, spec, found);
}

function placeOf(id) {
  try {
    return find(id).place;
  } catch {
    throw new FrameError("gone");
  }
}

function imageOf(id, series, place, spec, { pixels, min, max }) {
  const { rows, columns, colour } = spec;
  const components = colour ? 3 : 1;
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: pixels,
    width: columns,
    height: rows,
    numberOfComponents: components,
  });
  const spacing = spacingOf((name) => series.of(place, name), series.modality);
  const level = colour ? { center: 128, width: 256, curve: LINEAR } : levelOf(series, place, min, max);
  return {
    imageId: id,
    dataType: pixels.constructor.name,
    color: colour,
    rgba: false,
    numberOfComponents: components,
    rows,
    columns,
    width: columns,
    height: rows,
    rowPixelSpacing: spacing?.[0],
    columnPixelSpacing: spacing?.[1],
    intercept: 0,
    slope: 1,
    invert: series.of(place, "photometric") === "MONOCHROME1",
    minPixelValue: min,
    maxPixelValue: max,
    windowCenter: level.center,
    windowWidth: level.width,
    voiLUTFunction: level.curve,
    calibration: calibration((name) => series.of(place, name), series.modality),
    sizeInBytes: pixels.byteLength,
    // The values are the modality's own already.
    preScale: { enabled: true, scaled: true, scalingParameters: spec },
    imageFrame: {
      photometricInterpretation: colour ? "RGB" : spec.photometric,
      pixelData: pixels,
      rows,
      columns,
      samplesPerPixel: components,
      bitsAllocated: spec.allocated,
      bitsStored: spec.bits,
      pixelRepresentation: spec.signed,
    },
    voxelManager,
    getPixelData: () => pixels,
    getCanvas: undefined,
  };
}

/** The image's own window, else all grey levels of its table, else all its values. */
function levelOf(series, place, min, max) {
  const of = (name) => series.of(place, name);
  const curve = functionOf(of);
  const [window] = windowsOf(series, place);
  const table = of("voi_table");
  let range = { lower: min, upper: max > min ? max : min + 1 };
  if (table) range = endsOf(table);
  else if (window) range = rangeOf(window, curve);
  return { ...windowOf(range, curve), curve };
}

/** Images named ``dbx:`` come from this source from now on. */
export function registerImages(source) {
  // Each failure is told where its image would be: it is no error of the program.
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof FrameError || event.reason instanceof Lost) event.preventDefault();
  });
  imageLoader.registerImageLoader("dbx", (id) => ({ promise: load(id, source()) }));
}
