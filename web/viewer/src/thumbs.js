// The series of the exams, each with a small picture of its first frame.
import { imageLoader } from "@cornerstonejs/core";
import { greyOf } from "./curves.js";
import { button, make, press } from "./dom.js";
import { ownOf } from "./levels.js";
import { aspectOf } from "./metadata.js";
import { day, say } from "./page.js";
import { entryOf, throughTables } from "./recipe.js";
import { reasonOf } from "./states.js";

const SIDE = 96;

/** The list of series; ``pick(series)`` shows one in the selected view. */
export class Thumbs {
  constructor(pick) {
    this.pick = pick;
    this.element = make("nav", { class: "v-thumbs", "aria-label": say("series") });
    this.buttons = new Map();
  }

  /** All series of these exams; a series keeps its picture. */
  offer(exams) {
    const all = new Set(exams.flatMap((exam) => exam.series));
    for (const series of [...this.buttons.keys()]) if (!all.has(series)) this.buttons.delete(series);
    this.element.replaceChildren();
    for (const exam of exams) {
      this.element.append(make("h2", { text: day(exam.told.date) }));
      for (const series of exam.series) this.element.append(this.of(series));
    }
  }

  of(series) {
    const known = this.buttons.get(series);
    const told = known ?? this.make(series);
    this.buttons.set(series, told);
    told.count.textContent = series.drawable
      ? say("images", { count: series.count })
      : wordsOf(series);
    const opens = series.drawable || series.told.as === "documents" || series.told.as === "states";
    told.element.disabled = !opens;
    told.canvas.hidden = !series.drawable;
    told.sign.hidden = series.drawable;
    told.sign.textContent = signOf(series);
    // A picture of a frame that is no more is no picture of the series.
    if (told.drawn && !series.places.has(told.drawn)) {
      told.canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
      told.drawn = null;
    }
    if (series.drawable && !told.drawn) this.draw(series, told);
    return told.element;
  }

  make(series) {
    const canvas = make("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    const count = make("span", { class: "v-count" });
    const element = button("", () => this.pick(series), { class: "v-thumb" });
    const name = make("span", { class: "v-name", text: series.description || series.modality });
    // In place of a picture: the kind of object.
    const sign = make("span", { class: "v-sign", hidden: true });
    element.append(canvas, sign, name, count);
    if (series.keys.size) {
      element.append(make("span", { class: "v-keys", text: say("keys", { count: series.keys.size }) }));
    }
    return { element, canvas, sign, count, drawn: null };
  }

  /** Say which series are on the screen. */
  mark(shown) {
    for (const [series, told] of this.buttons) press(told.element, shown.has(series));
  }

  async draw(series, told) {
    const id = series.ids[series.first];
    told.drawn = id;
    try {
      const image = await imageLoader.loadAndCacheImage(id);
      const place = series.places.get(id);
      if (told.drawn === id && place != null) paint(told.canvas, image, (name) => series.of(place, name));
    } catch {
      if (told.drawn === id) told.drawn = null;
    }
  }
}

function wordsOf(series) {
  if (series.told.as === "documents") return say("documents", { count: series.documents.length });
  if (series.told.as === "states") return say("states", { count: series.told.count });
  return reasonOf(series);
}

function signOf(series) {
  return series.documents.some((one) => one.kind === "pdf") ? "PDF" : series.modality;
}

/** The picture of an image, small, in its own grey levels and proportions. */
function paint(canvas, image, of) {
  const { rows, columns, color: colour } = image;
  const pixels = image.getPixelData();
  const aspect = aspectOf(of);
  const scale = SIDE / Math.max(rows * aspect, columns);
  const [width, height] = [Math.round(columns * scale), Math.round(rows * aspect * scale)];
  if (!width || !height) return;
  const context = canvas.getContext("2d");
  const data = context.createImageData(width, height);
  const level = colour ? (value) => value / 255 : levelOf(image, of);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
      for (let sample = 0; sample < 3; sample += 1) {
        const grey = level(colour ? pixels[from * 3 + sample] : pixels[from]);
        data.data[(y * width + x) * 4 + sample] = 255 * (image.invert ? 1 - grey : grey);
      }
      data.data[(y * width + x) * 4 + 3] = 255;
    }
  }
  context.putImageData(data, Math.round((SIDE - width) / 2), Math.round((SIDE - height) / 2));
}

function levelOf(image, of) {
  const { range, curve } = ownOf(image);
  const grey = greyOf(range, curve);
  const table = of("voi_table");
  if (!table) return grey;
  const [map] = throughTables([table]).maps;
  return (value) => grey(entryOf(map, value));
}
