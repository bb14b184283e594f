// The picture of a view: its window, turns and size. ``id``, ``canvas``, ``series`` and ``place`` are the
// view's own.
import { utilities } from "@cornerstonejs/core";
import { edgesOf } from "./edges.js";
import { engine } from "./engine.js";
import { polarize } from "./polarity.js";
import { millimetre } from "./screen.js";

export class Pane {
  get viewport() {
    return engine.getViewport(this.id);
  }

  /** The window of now: width and center, null for a colour image. */
  window() {
    const range = this.viewport?.getProperties().voiRange;
    if (!range || this.series.of(this.place, "samples") === 3) return null;
    const { windowWidth: width, windowCenter: center } = utilities.windowLevel.toWindowLevel(
      range.lower,
      range.upper,
    );
    return { width, center };
  }

  setWindow(width, center) {
    const voiRange = utilities.windowLevel.toLowHighRange(width, center);
    this.viewport.setProperties({ voiRange });
    this.viewport.render();
  }

  invert() {
    this.viewport.setProperties({ invert: !this.viewport.getProperties().invert });
    this.viewport.render();
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
    viewport.resetProperties();
    polarize(viewport, this.series?.of(this.place, "photometric") === "MONOCHROME1");
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
