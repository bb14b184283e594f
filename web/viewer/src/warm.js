// Everything that the first image needs, done before it is asked for: engine, workers, codecs, and
// one image drawn where nobody sees it, which compiles the shaders.
import { Enums, imageLoader, metaData, utilities } from "@cornerstonejs/core";
import { Unable } from "./able.js";
import { warmUp } from "./decoding.js";
import { make } from "./dom.js";
import { engine, start } from "./engine.js";

const ID = "warm:0";
const SIDE = 8;

function image() {
  const pixels = new Int16Array(SIDE * SIDE);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: pixels,
    width: SIDE,
    height: SIDE,
    numberOfComponents: 1,
  });
  return {
    imageId: ID,
    dataType: "Int16Array",
    color: false,
    rgba: false,
    numberOfComponents: 1,
    rows: SIDE,
    columns: SIDE,
    width: SIDE,
    height: SIDE,
    rowPixelSpacing: 1,
    columnPixelSpacing: 1,
    intercept: 0,
    slope: 1,
    invert: false,
    minPixelValue: 0,
    maxPixelValue: 1,
    windowCenter: 0,
    windowWidth: 2,
    voiLUTFunction: "LINEAR",
    sizeInBytes: pixels.byteLength,
    preScale: { enabled: true, scaled: true },
    imageFrame: { photometricInterpretation: "MONOCHROME2" },
    voxelManager,
    getPixelData: () => pixels,
  };
}

const MODULES = {
  imagePixelModule: {
    samplesPerPixel: 1,
    photometricInterpretation: "MONOCHROME2",
    rows: SIDE,
    columns: SIDE,
    bitsAllocated: 16,
    bitsStored: 16,
    highBit: 15,
    pixelRepresentation: 1,
  },
  imagePlaneModule: {
    rows: SIDE,
    columns: SIDE,
    imageOrientationPatient: [1, 0, 0, 0, 1, 0],
    rowCosines: [1, 0, 0],
    columnCosines: [0, 1, 0],
    imagePositionPatient: [0, 0, 0],
    rowPixelSpacing: 1,
    columnPixelSpacing: 1,
    usingDefaultValues: true,
  },
  generalSeriesModule: { modality: "OT" },
};

async function draw(place) {
  metaData.addProvider((type, id) => (id === ID ? MODULES[type] : undefined), 1);
  imageLoader.registerImageLoader("warm", () => ({ promise: Promise.resolve(image()) }));
  const element = make("div", { class: "v-warm", "aria-hidden": "true" });
  place.append(element);
  engine.enableElement({ viewportId: "warm", type: Enums.ViewportType.STACK, element });
  const drawn = new Promise((resolve) => {
    element.addEventListener(Enums.Events.IMAGE_RENDERED, resolve, { once: true });
  });
  const viewport = engine.getViewport("warm");
  await viewport.setStack([ID]);
  viewport.render();
  await Promise.race([drawn, new Promise((resolve) => setTimeout(resolve, 2000))]);
  engine.disableElement("warm");
  element.remove();
}

/** Warm everything up in ``place``, an element of the page. */
export async function warm(place) {
  start();
  const workers = warmUp().catch(() => {
    throw new Unable("worker");
  });
  await Promise.all([workers, draw(place)]);
}
