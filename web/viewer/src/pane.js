// The picture of a view: its window, turns and size. ``id``, ``canvas``, ``series``, ``place`` and
// ``tell`` are the view's own.
import { EXACT, LINEAR, curveOf, rangeOf, windowOf } from "./curves.js";
import { dress } from "./dressing.js";
import { edgesOf } from "./edges.js";
import { engine } from "./engine.js";
import { levelsOf, setLevels } from "./levels.js";
import { isThroughTable } from "./recipe.js";
import { millimetre } from "./screen.js";

export class Pane {
  get viewport() {
    return engine.getViewport(this.id);
  }

  /** The window of now: width and center, null for a colour image. */
  window() {
    const { range, curve } = this.viewport ? levelsOf(this.viewport) : {};
    return range && !this.viewport.csImage?.color ? windowOf(range, curve) : null;
  }

  /** The curve that a window of this width has in the image on the screen. */
  curveOf(width) {
    if (this.masked) return EXACT;
    // The entries of a table are grey levels: no curve of values comes on top.
    return curveOf(isThroughTable(this) ? LINEAR : this.series.of(this.place, "voi"), width);
  }

  /** Draw the series through this one of its tables, null for each image as it wants itself. */
  choose(table) {
    this.table = table;
    this.subtracting = table ? false : this.subtracting;
    dress(this, true);
    this.viewport.render();
    this.tell();
  }

  setWindow(width, center) {
    const curve = this.curveOf(width);
    const range = rangeOf({ width, center }, curve);
    setLevels(this.viewport, { ...levelsOf(this.viewport), range, curve, chosen: true });
    this.viewport.render();
  }

  invert() {
    const levels = levelsOf(this.viewport);
    this.inverted = !this.inverted;
    setLevels(this.viewport, { ...levels, inverted: !levels.inverted });
    this.viewport.render();
  }

  /** Show the image with the differences to its mask, or as it is. */
  subtract(wanted) {
    this.subtracting = wanted;
    this.unmasked = null;
    dress(this);
    this.viewport.render();
    this.tell();
  }

  flip(direction) {
    const camera = this.viewport.getCamera();
    this.viewport.setCamera({ [direction]: !camera[direction] });
    this.viewport.render();
  }

  rotate() {
    const { rotation = 0 } = this.viewport.getViewPresentation?.() ?? {};
    this.viewport.setViewPresentation({ rotation: (rotation + 90) % 360 });
    this.viewport.render();
  }

  reset() {
    const { viewport } = this;
    viewport.resetCamera();
    this.inverted = false;
    this.subtracting = null;
    this.table = null;
    dress(this, true);
    viewport.render();
  }

  /** Device pixels for one pixel of the image. */
  zoom() {
    const viewport = this.viewport;
    const [, rowSpacing = 1] = viewport?.getImageData?.()?.spacing ?? [];
    const { parallelScale } = viewport?.getCamera() ?? {};
    if (!parallelScale) return 0;
    const height = this.canvas.clientHeight * devicePixelRatio;
    return (height * rowSpacing) / (2 * parallelScale);
  }

  /** One pixel of the image on one of the screen. */
  pixelSize() {
    this.scaleTo(1 / this.zoom());
  }

  /** A millimetre of the image on one of the screen. */
  realSize() {
    const { parallelScale } = this.viewport.getCamera();
    this.scaleTo(parallelScale / (this.canvas.clientHeight / 2 / millimetre()));
  }

  scaleTo(factor) {
    const camera = this.viewport.getCamera();
    this.viewport.setCamera({ parallelScale: camera.parallelScale / factor });
    this.viewport.render();
  }

  /** The directions in space of the four edges of the view. */
  edges() {
    return this.viewport?.getCurrentImageId?.() ? edgesOf(this.viewport, this.canvas) : null;
  }
}
