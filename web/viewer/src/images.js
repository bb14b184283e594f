// The frames as images of Cornerstone: decoded by our own workers, with our own checks.
import { imageLoader, utilities } from "@cornerstonejs/core";
import { decode } from "./decoding.js";
import { Lost } from "./lost.js";
import { calibration, find, functionOf, spacingOf, windowsOf } from "./metadata.js";

const COLOURS = new Set(["RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"]);
/** Hashes of stored pixels by image, for tests: filled only when they ask for it. */
export const hashes = new Map();
export const settings = { hash: false };
/** How many frames were decoded, for measurements. */
export const counts = { decoded: 0 };

/** The kind of array that holds every value that the frames of a series can have. */
export function kindOf(series) {
  if (series.kind) return series.kind;
  let [low, high, whole] = [0, 0, true];
  for (let place = 0; place < series.count; place += 1) {
    const bits = series.of(place, "bits");
    const signed = series.of(place, "signed");
    const slope = series.of(place, "slope") ?? 1;
    const intercept = series.of(place, "intercept") ?? 0;
    const table = series.of(place, "voi_table") ?? series.of(place, "modality_table");
    if (table) {
      high = Math.max(high, 2 ** table.bits - 1);
      continue;
    }
    whole &&= Number.isInteger(slope) && Number.isInteger(intercept);
    const ends = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    for (const end of ends) {
      low = Math.min(low, end * slope + intercept);
      high = Math.max(high, end * slope + intercept);
    }
  }
  if (!whole) series.kind = "Float32Array";
  else if (low >= 0 && high < 256) series.kind = "Uint8Array";
  else if (low >= -32768 && high < 32768) series.kind = "Int16Array";
  else series.kind = low >= 0 && high < 65536 ? "Uint16Array" : "Float32Array";
  return series.kind;
}

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
    tables: [of("modality_table"), of("voi_table")].filter(Boolean),
    colour,
    kind: colour ? "Uint8Array" : kindOf(series),
    hash: settings.hash,
  };
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
  const [window] = windowsOf(series, place);
  const table = series.of(place, "voi_table");
  const level = window ?? (table ? fullWindow(0, 2 ** table.bits - 1) : fullWindow(min, max));
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
    windowCenter: colour ? 128 : level.center,
    windowWidth: colour ? 256 : level.width,
    voiLUTFunction: colour ? "LINEAR" : functionOf((name) => series.of(place, name)),
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

function fullWindow(min, max) {
  const width = Math.max(1, max - min + 1);
  return { center: min + width / 2, width };
}

/** Images named ``dbx:`` come from this source from now on. */
export function registerImages(source) {
  // Each failure is told where its image would be: it is no error of the program.
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof FrameError || event.reason instanceof Lost) event.preventDefault();
  });
  imageLoader.registerImageLoader("dbx", (id) => ({ promise: load(id, source()) }));
}
