// The window by the mouse. Cornerstone's tool counts each window as one of whole values along a line: one
// of an image of parts of values grew with each move, and a PET moved within five units alone.
import { WindowLevelTool } from "@cornerstonejs/tools";
import { EXACT, LINEAR, rangeOf, windowOf } from "./curves.js";

export class Windowing extends WindowLevelTool {
  /** The values from black to white after a move of the mouse. */
  getNewRange({ viewport, deltaPointsCanvas, volumeId, lower, upper, voiLutFunction: curve = LINEAR }) {
    const step = this._getMultiplierFromDynamicRange(viewport, volumeId) || 1;
    const { width, center } = windowOf({ lower, upper }, curve);
    const [right, down] = deltaPointsCanvas;
    const wide = Math.max(width + right * step, curve === EXACT ? step : 1);
    return rangeOf({ width: wide, center: center + down * step }, curve);
  }

  /** A PET is windowed as any other image. */
  getPTScaledNewRange(told) {
    const { VOILUTFunction: voiLutFunction } = told.viewport.getProperties();
    return this.getNewRange({ ...told, voiLutFunction });
  }
}

Windowing.toolName = WindowLevelTool.toolName;
