// Whether the lowest values are white. Cornerstone keeps it twice, as a flag and in the colours
// themselves, and a reset of a MONOCHROME1 image leaves the two at odds.

/** Draw the lowest values white, or black. */
export function polarize(viewport, inverted) {
  const colours = viewport.getDefaultActor()?.actor.getProperty().getRGBTransferFunction(0);
  if (!colours?.getSize()) return;
  viewport.invert = red(colours, 0) > red(colours, colours.getSize() - 1);
  viewport.setProperties({ invert: inverted });
}

function red(colours, at) {
  const node = [];
  colours.getNodeValue(at, node);
  return node[1];
}
