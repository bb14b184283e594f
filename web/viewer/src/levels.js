// The grey levels of a view. Cornerstone keeps those of the image before: the function and the
// inversion of the first image of a stack hold for all, and a reset draws the nodes of a former window.
import { utilities } from "@cornerstonejs/core";
import { SIGMOID } from "./curves.js";

const { windowLevel } = utilities;

/** The levels of an image of ours, as it wants them itself: the values that are black and white, the
 * curve between them, and whether the lowest values are white. */
export function ownOf({ windowWidth, windowCenter, voiLUTFunction: curve, invert: inverted }) {
  return { range: windowLevel.toLowHighRange(windowWidth, windowCenter, curve), curve, inverted };
}

/** The levels of a view as they are now. */
export function levelsOf(viewport) {
  const { voiRange: range, VOILUTFunction: curve, invert: inverted, isComputedVOI } = viewport.getProperties();
  return { range, curve, inverted, chosen: !isComputedVOI };
}

/** Draw a view with these levels; ``chosen`` ones are kept by the images that follow. */
export function setLevels(viewport, { range, curve, inverted, chosen = false }) {
  viewport.VOILUTFunction = curve;
  viewport.invert = inverted;
  viewport.voiUpdatedWithSetProperties = chosen;
  viewport.setVOI(range, { forceRecreateLUTFunction: true });
}

/** The same as the function that a plane through a volume draws by. */
export function transferOf({ range, curve, inverted }) {
  const sigmoid = curve === SIGMOID;
  const made = sigmoid
    ? utilities.createSigmoidRGBTransferFunction(range)
    : utilities.createLinearRGBTransferFunction(range);
  if (inverted) utilities.invertRgbTransferFunction(made);
  return made;
}
