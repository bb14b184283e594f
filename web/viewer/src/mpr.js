// Three planes through a series of slices, with slabs of the greatest values.
import { Enums, cache, eventTarget, setVolumesForViewports, volumeLoader } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import { button, make } from "./dom.js";
import { edgesOf } from "./edges.js";
import { engine } from "./engine.js";
import { Overlay } from "./overlay.js";
import { number, say } from "./page.js";
import { band, isVerified } from "./verified.js";

const PLANES = ["axial", "sagittal", "coronal"];
const COLOURS = { axial: "rgb(230, 90, 90)", sagittal: "rgb(230, 200, 80)", coronal: "rgb(90, 200, 120)" };
const GROUP = "planes";
const SLABS = [0, 5, 10, 20];
let made = 0;

/** The three planes of one series, in place of the views. */
export class Planes {
  constructor(series, prior, leave) {
    this.series = series;
    this.ids = [];
    this.prior = prior;
    // The slices of this cut: a series that has others by now is not shown in it.
    this.slices = [...series.ids];
    this.slab = 0;
    this.started = false;
    // Slices that could not be loaded: the planes have gaps there.
    this.missing = new Set();
    this.fails = ({ detail }) => this.miss(detail.imageId);
    this.cells = PLANES.map((plane) => make("div", { class: "v-canvas", data: { plane } }));
    this.overlays = PLANES.map(() => new Overlay());
    this.bands = PLANES.map(() => band());
    this.told = make("span", { class: "v-slab" });
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
    });
    this.ids = PLANES.map((plane) => `plane-${plane}`);
    made += 1;
    const { exam, uid } = this.series;
    this.volumeId = `cornerstoneStreamingImageVolume:${exam.n}/${uid}/${made}`;
    const volume = await volumeLoader.createAndCacheVolume(this.volumeId, {
      imageIds: this.slices,
    });
    if (this.ended) return;
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_FAILED, this.fails);
    volume.load(() => {});
    await setVolumesForViewports(engine, [{ volumeId: this.volumeId }], this.ids);
    if (this.ended) return;
    this.window();
    this.useTools();
    this.tell();
    engine.renderViewports(this.ids);
    this.words();
    this.started = true;
  }

  window() {
    const [first] = this.series.of(this.series.first, "windows") ?? [];
    if (!first) return;
    const [center, width] = first;
    for (const id of this.ids) {
      engine.getViewport(id).setProperties({
        voiRange: { lower: center - width / 2, upper: center + width / 2 },
      });
    }
  }

  useTools() {
    const { MouseBindings } = tools.Enums;
    const group = tools.ToolGroupManager.createToolGroup(GROUP);
    for (const id of this.ids) group.addViewport(id, engine.id);
    const bound = [
      [tools.ZoomTool, MouseBindings.Secondary],
      [tools.PanTool, MouseBindings.Auxiliary],
      [tools.StackScrollTool, MouseBindings.Wheel],
    ];
    for (const [tool, mouseButton] of bound) {
      group.addTool(tool.toolName);
      group.setToolActive(tool.toolName, { bindings: [{ mouseButton }] });
    }
    group.addTool(tools.CrosshairsTool.toolName, {
      getReferenceLineColor: (id) => COLOURS[id.slice("plane-".length)],
    });
    group.setToolActive(tools.CrosshairsTool.toolName, {
      bindings: [{ mouseButton: MouseBindings.Primary }],
    });
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
      viewport.render();
    }
    this.tell();
  }

  /** Patient, exam and plane, and the letters of the four edges: each plane has its own. */
  words() {
    this.overlays.forEach((overlay, at) => {
      this.bands[at].hidden = isVerified(this.series);
      overlay.plane(this.series, say(PLANES[at]), this.prior);
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
    tools.ToolGroupManager.destroyToolGroup(GROUP);
    for (const id of this.ids) engine.disableElement(id);
    if (this.volumeId && cache.getVolume(this.volumeId)) {
      cache.removeVolumeLoadObject(this.volumeId);
    }
    this.element.remove();
  }
}
