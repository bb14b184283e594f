// Cornerstone's engine and tools, started once for the page.
import { Enums, RenderingEngine, cache, init, volumeLoader } from "@cornerstonejs/core";
import { cornerstoneStreamingImageVolumeLoader } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import { lines } from "./measures.js";
import { say } from "./page.js";
import { drawByProcessor } from "./processor.js";
import { Windowing } from "./windowing.js";

const LONGEST = 80;
const GIGABYTE = 1024 ** 3;
const { MouseBindings } = tools.Enums;
/** Tools of the left mouse button, by the name of their button. */
export const POINTER = {
  window: Windowing,
  zoom: tools.ZoomTool,
  pan: tools.PanTool,
  length: tools.LengthTool,
  angle: tools.AngleTool,
  ellipse: tools.EllipticalROITool,
  rectangle: tools.RectangleROITool,
  arrow: tools.ArrowAnnotateTool,
  text: tools.LabelTool,
};
const SHOWN = [tools.ReferenceLinesTool, tools.ReferenceCursors];
const GROUP = "stacks";

/** The one engine of the page. */
export let engine = null;
let group = null;

/** Start the engine and its tools. */
export function start() {
  if (engine) return;
  init({ rendering: { webGlContextCount: 1 } });
  tools.init();
  volumeLoader.registerVolumeLoader(
    "cornerstoneStreamingImageVolume",
    cornerstoneStreamingImageVolumeLoader,
  );
  cache.setMaxCacheSize(Math.min(2, (navigator.deviceMemory ?? 4) / 2) * GIGABYTE);
  engine = new RenderingEngine("viewer");
  drawByProcessor(engine);
  for (const tool of [...Object.values(POINTER), ...SHOWN, tools.StackScrollTool]) {
    tools.addTool(tool);
  }
  tools.addTool(tools.CrosshairsTool);
  group = tools.ToolGroupManager.createToolGroup(GROUP);
  for (const [name, tool] of Object.entries(POINTER)) {
    const getTextCallback = name === "text" ? askText : noText;
    group.addTool(tool.toolName, { getTextLines: lines(name), getTextCallback, changeTextCallback });
  }
  const wordless = { [tools.ArrowAnnotateTool.toolName]: { textBoxVisibility: false } };
  tools.annotation.config.style.setToolGroupToolStyles(GROUP, wordless);
  for (const tool of SHOWN) group.addTool(tool.toolName);
  group.addTool(tools.StackScrollTool.toolName);
  group.setToolActive(tools.StackScrollTool.toolName, {
    bindings: [{ mouseButton: MouseBindings.Wheel }],
  });
  use("window");
}

/** An arrow without a label is taken away as soon as it is drawn: it has one that nobody sees. */
function noText(done) {
  done(" ");
}

function askText(done) {
  done((window.prompt(say("write_text")) ?? "").trim().slice(0, LONGEST));
}

function changeTextCallback(data, event, done) {
  done(data.text ?? data.label ?? "");
}

/** End a measure that is half drawn, and forget it: until its last point is set, Cornerstone gives the
 * mouse to no other tool, nor does the wheel scroll. A text is whole once it is written. */
export function letGo() {
  const elements = engine.getViewports().map((one) => one.element);
  if (!elements.length) return;
  for (const [name, { toolName }] of Object.entries(POINTER)) {
    const tool = group.getToolInstance(toolName);
    if (name === "text" || !tool?.editData) continue;
    const { newAnnotation } = tool.editData;
    for (const element of elements) {
      tool._deactivateDraw(element);
      tool._deactivateModify(element);
    }
    const uid = tool.cancel(elements[0]);
    if (uid && newAnnotation) tools.annotation.state.removeAnnotation(uid);
  }
}

/** Give the left mouse button to this tool; zoom and pan stay on the other buttons. */
export function use(name) {
  letGo();
  for (const [other, tool] of Object.entries(POINTER)) {
    if (other !== name) group.setToolPassive(tool.toolName, { removeAllBindings: true });
  }
  const bindings = {
    zoom: [{ mouseButton: MouseBindings.Secondary }],
    pan: [{ mouseButton: MouseBindings.Auxiliary }],
  };
  for (const [other, given] of Object.entries(bindings)) {
    const all = other === name ? [...given, { mouseButton: MouseBindings.Primary }] : given;
    group.setToolActive(POINTER[other].toolName, { bindings: all });
  }
  if (!bindings[name]) {
    group.setToolActive(POINTER[name].toolName, {
      bindings: [{ mouseButton: MouseBindings.Primary }],
    });
  }
}

/** Let the tools see a view. */
export function addToTools(viewport) {
  group.addViewport(viewport, engine.id);
}

/** Show the lines in which the view's image cuts the others; no view for none. */
export function referenceLines(viewport) {
  const name = tools.ReferenceLinesTool.toolName;
  if (!viewport) {
    group.setToolDisabled(name);
    return;
  }
  group.setToolConfiguration(name, { sourceViewportId: viewport });
  group.setToolEnabled(name);
}

/** Show the point under the mouse in all views. */
export function cursors(on) {
  const name = tools.ReferenceCursors.toolName;
  if (on) group.setToolActive(name);
  else group.setToolDisabled(name);
}

/** Let every view take the size that its place has now; zoom, pan, turns and flips stay. */
export function resize() {
  const viewports = engine?.getViewports() ?? [];
  if (!viewports.length) return;
  const stacks = viewports.filter((one) => one.type === Enums.ViewportType.STACK);
  const kept = stacks
    .filter((one) => one.getCurrentImageId())
    .map((one) => [one, one.getViewPresentation()]);
  engine.resize(true, false);
  for (const [viewport, presentation] of kept) {
    viewport.setViewPresentation(presentation);
    viewport.render();
  }
}

/** Forget every measure. */
export function forgetMeasures() {
  if (!engine) return;
  letGo();
  tools.annotation.state.removeAllAnnotations();
  engine.render();
}
