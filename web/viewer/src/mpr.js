// Three planes through a series of slices, with slabs of the greatest values.
import { Enums, cache, eventTarget, setVolumesForViewports, volumeLoader } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import { curveOf, rangeOf, windowOf } from "./curves.js";
import { button, make, press } from "./dom.js";
import { edgesOf } from "./edges.js";
import { engine } from "./engine.js";
import { kindOf } from "./kinds.js";
import { transferOf } from "./levels.js";
import { Overlay } from "./overlay.js";
import { number, say } from "./page.js";
import { band, isVerified } from "./verified.js";
import { Windowing } from "./windowing.js";

const PLANES = ["axial", "sagittal", "coronal"];
const COLOURS = { axial: "rgb(230, 90, 90)", sagittal: "rgb(230, 200, 80)", coronal: "rgb(90, 200, 120)" };
const GROUP = "planes";
const SLABS = [0, 5, 10, 20];
// Looks at a slab within the smallest side of a voxel.
const SAMPLES = 4;
const { MouseBindings } = tools.Enums;
const CROSSHAIR = tools.CrosshairsTool.toolName;
// Tools of the left mouse button, by the names of the toolbar's buttons.
const POINTER = { window: Windowing.toolName, zoom: tools.ZoomTool.toolName, pan: tools.PanTool.toolName };
// Those that have another button too, or the wheel.
const BOUND = {
  [tools.ZoomTool.toolName]: MouseBindings.Secondary,
  [tools.PanTool.toolName]: MouseBindings.Auxiliary,
  [tools.StackScrollTool.toolName]: MouseBindings.Wheel,
};
let made = 0;

/** The three planes of one series, in place of the views; ``levels`` are those of the view. */
export class Planes {
  constructor(series, prior, levels, leave) {
    this.series = series;
    this.levels = levels;
    this.ids = [];
    this.prior = prior;
    // The slices of this cut: a series that has others by now is not shown in it.
    this.slices = [...series.ids];
    this.slab = 0;
    this.started = false;
    // Slices that could not be loaded: the planes have gaps there.
    this.missing = new Set();
    this.fails = ({ detail }) => this.miss(detail.imageId);
    // Without a GPU nothing cuts.
    this.leaves = leave;
    this.cells = PLANES.map((plane) => make("div", { class: "v-canvas", data: { plane } }));
    this.overlays = PLANES.map(() => new Overlay());
    this.bands = PLANES.map(() => band());
    this.told = make("span", { class: "v-slab" });
    this.crosshair = button(say("tool_cursors"), () => this.use("crosshair"), { title: say("tip_planes_cursors") });
    press(this.crosshair, true);
    this.element = make(
      "div",
      { class: "v-planes" },
      ...this.cells.map((cell, at) =>
        make(
          "section",
          { class: "v-view", "aria-label": say(PLANES[at]) },
          cell,
          this.overlays[at].element,
          this.bands[at],
        ),
      ),
      make(
        "div",
        { class: "v-planes-bar" },
        this.crosshair,
        button(say("slab"), () => this.nextSlab()),
        this.told,
        button(say("leave_planes"), leave),
      ),
    );
  }

  async start() {
    const orientations = {
      axial: Enums.OrientationAxis.AXIAL,
      sagittal: Enums.OrientationAxis.SAGITTAL,
      coronal: Enums.OrientationAxis.CORONAL,
    };
    this.cells.forEach((element, at) => {
      engine.enableElement({
        viewportId: `plane-${PLANES[at]}`,
        type: Enums.ViewportType.ORTHOGRAPHIC,
        element,
        defaultOptions: { orientation: orientations[PLANES[at]] },
      });
      element.addEventListener("contextmenu", (event) => event.preventDefault());
      // A plane that is turned has other letters.
      element.addEventListener(Enums.Events.CAMERA_MODIFIED, () => this.started && this.words());
      // A window that the mouse gives one plane is that of all.
      element.addEventListener(Enums.Events.VOI_MODIFIED, ({ detail }) => this.heard(detail.range));
    });
    this.ids = PLANES.map((plane) => `plane-${plane}`);
    made += 1;
    const { exam, uid } = this.series;
    this.unify();
    this.volumeId = `cornerstoneStreamingImageVolume:${exam.n}/${uid}/${made}`;
    const volume = await volumeLoader.createAndCacheVolume(this.volumeId, {
      imageIds: this.slices,
    });
    if (this.ended) return;
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_FAILED, this.fails);
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, this.leaves);
    volume.load(() => {});
    await setVolumesForViewports(engine, [{ volumeId: this.volumeId }], this.ids);
    if (this.ended) return;
    this.useTools();
    this.tell();
    this.level();
    this.started = true;
  }

  /** The volume has one kind of values: an image that was decoded while the series had another one is
   * decoded again. */
  unify() {
    const kind = kindOf(this.series);
    for (const id of this.slices) {
      const image = cache.getImage(id);
      if (image && image.dataType !== kind) cache.removeImageLoadObject(id, { force: true });
    }
  }

  /** Draw all planes with the levels of now. */
  level() {
    for (const id of this.ids) {
      const viewport = engine.getViewport(id);
      // The mouse's tool asks the viewport for its curve.
      viewport.viewportProperties.VOILUTFunction = this.levels.curve;
      viewport.getDefaultActor().actor.getProperty().setRGBTransferFunction(0, transferOf(this.levels));
      viewport.render();
    }
    this.words();
  }

  /** The mouse has given one plane this range. */
  heard(range) {
    if (!this.started) return;
    this.levels = { ...this.levels, range };
    this.level();
  }

  setWindow(width, center) {
    const curve = curveOf(this.series.of(this.series.first, "voi"), width);
    this.levels = { ...this.levels, curve, range: rangeOf({ width, center }, curve) };
    this.level();
  }

  invert() {
    this.levels = { ...this.levels, inverted: !this.levels.inverted };
    this.level();
  }

  useTools() {
    const group = tools.ToolGroupManager.createToolGroup(GROUP);
    for (const id of this.ids) group.addViewport(id, engine.id);
    for (const tool of [...Object.keys(BOUND), POINTER.window]) group.addTool(tool);
    group.addTool(CROSSHAIR, { getReferenceLineColor: (id) => COLOURS[id.slice("plane-".length)] });
    this.use("crosshair");
  }

  /** Give the left mouse button to the crosshair, or to the tool of this name of the toolbar; a measure has
   * no place here. */
  use(name) {
    const chosen = name === "crosshair" ? CROSSHAIR : POINTER[name];
    const group = tools.ToolGroupManager.getToolGroup(GROUP);
    if (!chosen || !group) return;
    for (const tool of [CROSSHAIR, POINTER.window, ...Object.keys(BOUND)]) {
      if (tool !== chosen) group.setToolPassive(tool, { removeAllBindings: true });
    }
    for (const [tool, mouseButton] of Object.entries(BOUND)) {
      const primary = tool === chosen ? [{ mouseButton: MouseBindings.Primary }] : [];
      group.setToolActive(tool, { bindings: [{ mouseButton }, ...primary] });
    }
    if (!BOUND[chosen]) group.setToolActive(chosen, { bindings: [{ mouseButton: MouseBindings.Primary }] });
    press(this.crosshair, chosen === CROSSHAIR);
  }

  /** A thicker slab of the greatest values, then a single plane again. */
  nextSlab() {
    this.slab = SLABS[(SLABS.indexOf(this.slab) + 1) % SLABS.length];
    const { MAXIMUM_INTENSITY_BLEND, COMPOSITE } = Enums.BlendModes;
    for (const id of this.ids) {
      const viewport = engine.getViewport(id);
      viewport.setBlendMode(this.slab ? MAXIMUM_INTENSITY_BLEND : COMPOSITE);
      if (this.slab) viewport.setSlabThickness(this.slab);
      else viewport.resetSlabThickness();
      this.sample(viewport);
      viewport.render();
    }
    this.tell();
  }

  /** How near to each other a slab's values are looked at: by Cornerstone's own distance a vessel of one
   * slice lost a quarter of its contrast. */
  sample(viewport) {
    const mapper = viewport.getDefaultActor().actor.getMapper();
    this.usual ??= mapper.getSampleDistance();
    const { spacing } = viewport.getImageData();
    mapper.setSampleDistance(this.slab ? Math.min(...spacing) / SAMPLES : this.usual);
  }

  /** Patient, exam and plane, and the letters of the four edges: each plane has its own. */
  words() {
    this.overlays.forEach((overlay, at) => {
      this.bands[at].hidden = isVerified(this.series);
      overlay.plane(this.series, say(PLANES[at]), this.prior, windowOf(this.levels.range, this.levels.curve));
      overlay.edges(edgesOf(engine.getViewport(this.ids[at]), this.cells[at]), (direction) =>
        tools.utilities.orientation.getOrientationStringLPS(direction).slice(0, 2),
      );
    });
  }

  /** Whether the series still has the slices that are cut, and those alone. */
  get current() {
    const { ids } = this.series;
    return ids.length === this.slices.length && ids.every((id, at) => id === this.slices[at]);
  }

  miss(id) {
    if (!this.slices.includes(id)) return;
    this.missing.add(id);
    this.tell();
  }

  tell() {
    const slab = this.slab ? say("mip", { value: number(this.slab) }) : say("no_slab");
    const gaps = this.missing.size && say("planes_with_gaps", { count: this.missing.size });
    this.told.textContent = [slab, gaps].filter(Boolean).join(" · ");
    this.told.classList.toggle("v-gaps", Boolean(gaps));
  }

  end() {
    this.started = false;
    this.ended = true;
    eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_FAILED, this.fails);
    eventTarget.removeEventListener(Enums.Events.WEBGL_CONTEXT_LOST, this.leaves);
    tools.ToolGroupManager.destroyToolGroup(GROUP);
    for (const id of this.ids) engine.disableElement(id);
    if (this.volumeId && cache.getVolume(this.volumeId)) {
      cache.removeVolumeLoadObject(this.volumeId);
    }
    this.element.remove();
  }
}
