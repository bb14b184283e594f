// The words in the corners of a view, and the letters at its edges.
import { utilities as tools } from "@cornerstonejs/tools";
import { dot } from "./exam.js";
import { make } from "./dom.js";
import { atDetector, magnification } from "./metadata.js";
import { day, number, page, say } from "./page.js";
import { isThroughTable } from "./recipe.js";
import { wordsOf } from "./subtraction.js";

const LETTERS = { L: "R", R: "L", A: "P", P: "A", H: "F", F: "H" };
const HOW = { GEOMETRY: "how_geometry", FIDUCIAL: "how_fiducial" };
const EDGES = ["left", "right", "top", "bottom"];
// Windows below so many values are told with decimals.
const FEW = 20;
const CORNERS = ["exam", "patient", "image", "technique"];

/** The overlay of a view: filled again with each image. */
export class Overlay {
  constructor() {
    this.element = make("div", { class: "v-overlay" });
    this.parts = {};
    for (const name of [...CORNERS, ...EDGES]) {
      this.parts[name] = make("div", { class: `v-${name}` });
      this.element.append(this.parts[name]);
    }
  }

  /** These lines in a corner; only those that differ are written. */
  put(name, texts) {
    const told = texts.filter(Boolean);
    const part = this.parts[name];
    while (part.childElementCount > told.length) part.lastElementChild.remove();
    told.forEach((text, at) => {
      const line = part.children[at];
      if (!line) part.append(make("div", { text }));
      else if (line.textContent !== text) line.textContent = text;
    });
  }

  clear() {
    for (const part of Object.values(this.parts)) part.replaceChildren();
  }

  /** Tell the image of ``view``. Sizes are read before the first word is written: behind it each
   * would have the page laid out anew. */
  show(view) {
    const { series } = view;
    const edges = view.edges();
    const lines = image(view);
    const told = series.exam.told;
    const prior = view.prior ? ` (${say("prior")})` : "";
    this.put("exam", [day(told.date) + prior, told.act, told.site, series.description]);
    this.put("patient", patient());
    this.put("image", lines);
    this.put("technique", technique(view));
    this.edges(edges, (direction) => lettersOf(view, direction));
  }

  /** The letters of these directions; none without directions. */
  edges(edges, letters) {
    for (const edge of EDGES) this.put(edge, [edges ? letters(edges[edge]) : ""]);
  }

  /** Tell a plane through ``series``, drawn with this window. */
  plane(series, name, prior, window) {
    const told = series.exam.told;
    const { have, awaited } = series.told;
    this.put("image", [have < awaited ? say("partial", { count: have, awaited }) : "", windowWords(window)]);
    this.put("exam", [day(told.date) + (prior ? ` (${say("prior")})` : ""), told.act, told.site, `${series.description} · ${name}`]);
    this.put("patient", patient());
  }
}

/** The strict traits that the page has of our own server, never those of the images. */
function patient() {
  const { name, birth_date: birth, sex } = page.patient;
  return [name, [birth, sex].filter(Boolean).join(" · ")];
}

function image(view) {
  const { series, place } = view;
  const of = (name) => series.of(place, name);
  const side = of("image_laterality") ?? of("laterality");
  const thickness = of("thickness");
  const along = series.along(place);
  const lines = [[side, of("view_name") ?? of("view")].filter(Boolean).join(" ")];
  if (along != null) lines.push(`${number(along, 1)} mm`);
  if (thickness) lines.push(say("thickness", { value: number(thickness, 2) }));
  lines.push(say("image_of", { place: place + 1, count: series.count }));
  const window = view.window();
  if (window) lines.push(windowWords(window));
  lines.push(say("zoom_of", { percent: number(view.zoom() * 100) }));
  return lines;
}

/** A window in words; one of few values, with their parts. */
export function windowWords({ width, center }) {
  const digits = width < FEW ? 1 + Math.ceil(Math.log10(FEW / width)) : 0;
  return say("window_of", { width: number(width, digits), center: number(center, digits) });
}

function technique(view) {
  const { series, place } = view;
  const of = (name) => series.of(place, name);
  const unit = (name, text) => (of(name) == null ? "" : `${text} ${number(of(name), 1)}`);
  const ratio = of("ratio")?.[0];
  return [
    [of("maker"), of("device")].filter(Boolean).join(" "),
    [unit("kv", "kV"), unit("ma", "mA"), unit("mas", "mAs")].filter(Boolean).join(" · "),
    [unit("repetition", "TR"), unit("echo", "TE"), unit("field", "T")].filter(Boolean).join(" · "),
    [of("kernel"), of("contrast")].filter(Boolean).join(" · "),
    unit("force", say("force")),
    scale(of, series.modality),
    of("raw") ? say("for_processing") : "",
    isThroughTable(view) ? [say("after_table"), view.through].filter(Boolean).join(" · ") : "",
    of("tables_left") ? say("tables_left") : "",
    wordsOf(view),
    !of("spacing") && !of("detector_spacing") && !of("regions") ? say("pixel_measures") : "",
    of("overlays") ? say("overlay_not_shown") : "",
    of("shutter") ? say("shutter_not_shown") : "",
    of("lossy") || series.lossy.has(series.names[place])
      ? say("lossy", { ratio: ratio ? `${number(ratio, 1)}:1` : "" })
      : "",
  ];
}

/** How the millimetres of a projection are meant. */
function scale(of, modality) {
  if (of("regions")) return "";
  const factor = magnification(of, modality);
  if (factor !== 1) return say("corrected_measures", { value: number(factor, 3) });
  if (atDetector(of, modality)) return say("detector_measures");
  const how = of("calibration");
  return how && of("spacing") ? say("calibrated_measures", { how: say(HOW[how] ?? "how_other") }) : "";
}

/** The letters of an edge: by the space of the patient, else by the image's own directions. */
function lettersOf(view, direction) {
  const { series, place } = view;
  const axes = series.of(place, "orientation");
  if (axes) return tools.orientation.getOrientationStringLPS(direction).slice(0, 2);
  const named = series.of(place, "directions");
  if (!named) return "";
  const [x, y] = [dot(direction, [1, 0, 0]), dot(direction, [0, 1, 0])];
  if (Math.abs(x) < 0.5 && Math.abs(y) < 0.5) return "";
  const [letters, along] = Math.abs(x) >= Math.abs(y) ? [named[0], x] : [named[1], y];
  const found = letters ?? "";
  return along > 0 ? found : [...found].map((one) => LETTERS[one] ?? one).join("");
}
