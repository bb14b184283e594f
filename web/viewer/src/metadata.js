// The attributes of frames in the form that Cornerstone asks for.
import { metaData } from "@cornerstonejs/core";
import { LINEAR, curveOf } from "./curves.js";
import { bitsOf, kindOf } from "./kinds.js";

const byId = new Map();
// Modalities whose images are projections, with or without the detector's own spacing.
const PROJECTIONS = new Set(["CR", "DX", "IO", "MG", "PX", "RF", "RG", "XA"]);
// Spacings that differ less than this part are the same, rounded.
const SAME = 1e-3;

/** Name the frames of a series. */
export function know(series) {
  for (const id of series.ids) byId.set(id, series);
}

/** Frames of these names are no more; of all names without any. */
export function forget(ids = [...byId.keys()]) {
  for (const id of ids) byId.delete(id);
}

/** The series and the place of a frame by its name. */
export function find(id) {
  const series = byId.get(id);
  const place = series?.places.get(id);
  if (place == null) throw new Error("unknown image");
  return { series, place };
}

/** The windows of a frame: center, width and name of each. */
export function windowsOf(series, place) {
  const windows = series.of(place, "windows") ?? [];
  return windows.map(([center, width, name]) => ({ center, width, name }));
}

/** The tables of contrast of a frame: the one that it is drawn by, then those that may be chosen. */
export function tablesOf(series, place) {
  return [series.of(place, "voi_table"), ...(series.of(place, "more_tables") ?? [])].filter(Boolean);
}

/** The curve of a frame's first window. A table's entries are grey levels: no curve comes on top. */
export function functionOf(of) {
  const [window] = of("windows") ?? [];
  return window && !of("voi_table") ? curveOf(of("voi"), window[1]) : LINEAR;
}

/** Whether the values are Hounsfield units. */
export function isHounsfield(series, place) {
  const units = series.of(place, "units");
  const rescaled = series.of(place, "slope") != null && series.of(place, "intercept") != null;
  return series.modality === "CT" && rescaled && (units == null || units === "HU");
}

const MODULES = {
  imagePixelModule: (of, series) => ({
    samplesPerPixel: of("samples") === 3 || of("photometric") === "PALETTE COLOR" ? 3 : 1,
    photometricInterpretation: /MONOCHROME/.test(of("photometric")) ? of("photometric") : "RGB",
    rows: of("rows"),
    columns: of("columns"),
    ...valuesOf(of, series),
    planarConfiguration: 0,
  }),
  imagePlaneModule: plane,
  voiLutModule: (of) => {
    const windows = of("windows") ?? [];
    return {
      windowCenter: windows.map(([center]) => center),
      windowWidth: windows.map(([, width]) => width),
      voiLUTFunction: functionOf(of),
    };
  },
  modalityLutModule: (of) => ({ rescaleSlope: 1, rescaleIntercept: 0, rescaleType: of("units") }),
  generalSeriesModule: (of, series, place) => ({
    modality: series.modality === "CT" && !isHounsfield(series, place) ? "OT" : series.modality,
    seriesInstanceUID: series.uid,
    seriesNumber: 1,
    studyInstanceUID: String(series.exam.n),
  }),
  petSeriesModule: (of) => ({ units: of("quantity") }),
  sopCommonModule: (of, series, place) => ({ sopInstanceUID: series.names[place] }),
  generalImageModule: (of, series, place) => ({
    sopInstanceUID: series.names[place],
    instanceNumber: of("number") ?? place + 1,
  }),
  calibrationModule: (of, series) => calibration(of, series.modality),
  transferSyntax: (of, series, place) => ({ transferSyntaxUID: series.syntax(place) }),
  cineModule: (of) => ({ frameTime: of("frame_time") }),
};

/** The values as our workers made them: rescaled, in the kind of array of the whole series. Cornerstone
 * would make a volume of the stored ones, and cut what is greater. */
function valuesOf(of, series) {
  const colour = !/MONOCHROME/.test(of("photometric"));
  const kind = colour ? "Uint8Array" : kindOf(series);
  const bits = bitsOf(kind);
  return {
    bitsAllocated: bits,
    bitsStored: bits,
    highBit: bits - 1,
    pixelRepresentation: kind === "Int16Array" ? 1 : 0,
  };
}

function plane(of, series, place) {
  const axes = of("orientation");
  const spacing = spacingOf(of, series.modality);
  const [tall, wide] = spacing ?? sidesOf(of);
  const used = axes ?? [1, 0, 0, 0, 1, 0];
  // Images without a place, or without a named space, have none in common with any other.
  const space = axes && of("position") ? (of("space") ?? series.uid) : `${series.uid}/${place}`;
  return {
    frameOfReferenceUID: space,
    rows: of("rows"),
    columns: of("columns"),
    imageOrientationPatient: used,
    rowCosines: used.slice(0, 3),
    columnCosines: used.slice(3),
    imagePositionPatient: of("position") ?? [0, 0, 0],
    pixelSpacing: [tall, wide],
    rowPixelSpacing: tall,
    columnPixelSpacing: wide,
    sliceThickness: of("thickness"),
    // Without a spacing, lengths are told in pixels.
    usingDefaultValues: !spacing,
  };
}

/** Height and width of a pixel of which nobody tells the millimetres. */
function sidesOf(of) {
  const [tall, wide] = of("scanned_spacing") ?? of("aspect") ?? [1, 1];
  return [tall / wide, 1];
}

/** Height of a pixel by its width. */
export function aspectOf(of) {
  const [tall, wide] = of("spacing") ?? of("detector_spacing") ?? sidesOf(of);
  return tall / wide;
}

/** Whether the millimetres of a projection are those at the detector, no calibrated ones: without a
 * calibration the two spacings are the same, or one is missing (PS3.3 10.7.1.3). */
export function atDetector(of, modality) {
  const [spacing, detector] = [of("spacing"), of("detector_spacing")];
  if (!(detector || (spacing && PROJECTIONS.has(modality)))) return false;
  if (!spacing) return true;
  const differ = detector?.some((one, at) => Math.abs(one - spacing[at]) > SAME * one);
  return !of("calibration") && !differ;
}

// Larger factors than these are mistakes: a detector stands behind the patient, and not far.
const [LEAST, MOST] = [1, 3];

/** The magnification that the measures of a projection are corrected for; 1 for none. It is the
 * estimate for the middle of the body (PS3.3 10.7.1.1). */
export function magnification(of, modality) {
  const factor = of("magnification");
  // Of a Pixel Spacing alone nobody knows whether it is corrected already.
  const fine = factor > LEAST && factor <= MOST && of("detector_spacing");
  return fine && !of("regions") && atDetector(of, modality) ? factor : 1;
}

/** Height and width of a pixel in mm; undefined when nobody tells it. */
export function spacingOf(of, modality) {
  const found = of("spacing") ?? of("detector_spacing");
  const factor = magnification(of, modality);
  return found && factor !== 1 ? found.map((one) => one / factor) : found;
}

export function calibration(of, modality) {
  const regions = of("regions");
  if (regions) {
    return {
      sequenceOfUltrasoundRegions: regions.map((one) => ({
        regionLocationMinX0: one.x0,
        regionLocationMinY0: one.y0,
        regionLocationMaxX1: one.x1,
        regionLocationMaxY1: one.y1,
        regionDataType: one.kind,
        regionSpatialFormat: one.format,
        physicalDeltaX: one.dx,
        physicalDeltaY: one.dy,
        physicalUnitsXDirection: one.x_unit,
        physicalUnitsYDirection: one.y_unit,
      })),
    };
  }
  // Millimetres at the detector are no millimetres in the patient.
  if (magnification(of, modality) !== 1) return { type: "ERMF" };
  return atDetector(of, modality) ? { type: "Proj" } : {};
}

/** Answer Cornerstone's questions about our frames. */
export function registerMetadata() {
  metaData.addProvider((type, id) => {
    const series = typeof id === "string" ? byId.get(id) : undefined;
    const place = series?.places.get(id);
    if (place == null || !MODULES[type]) return undefined;
    return MODULES[type]((name) => series.of(place, name), series, place);
  }, 10_000);
}
