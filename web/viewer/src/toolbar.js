// The buttons above the views. Each has its name; those with a key tell it.
import { button, make, press } from "./dom.js";
import { say } from "./page.js";
import { presets } from "./windows.js";

const POINTERS = ["window", "zoom", "pan", "length", "angle", "ellipse", "rectangle", "arrow"];
const ACTS = ["invert", "flip", "flip_vertical", "rotate", "pixel_size", "real_size", "reset"];
const SWITCHES = ["link", "lines", "cursors", "cine", "planes", "compare", "report"];
const REST = ["next_key", "clear", "capture"];

/** ``acts`` maps each name of a button to its function. */
export class Toolbar {
  constructor(acts) {
    this.acts = acts;
    this.buttons = new Map();
    this.windows = make("select", {
      "aria-label": say("windows"),
      on: { change: () => this.window(Number(this.windows.value)) },
    });
    this.layout = make("select", {
      "aria-label": say("layout"),
      on: { change: () => acts.layout(Number(this.layout.value)) },
    });
    for (const count of [1, 2, 3, 4]) {
      this.layout.append(make("option", { value: count, text: say("views", { count }) }));
    }
    const group = (names) => make("div", { class: "v-group" }, ...names.map((name) => this.of(name)));
    this.element = make(
      "div",
      { class: "v-toolbar", role: "toolbar", "aria-label": say("tools") },
      group(POINTERS),
      make("div", { class: "v-group" }, this.windows),
      group(ACTS),
      group(SWITCHES),
      make("div", { class: "v-group" }, this.layout),
      group(REST),
    );
    this.pointer("window");
  }

  of(name) {
    const pointer = POINTERS.includes(name);
    const act = pointer ? () => this.point(name) : () => this.acts[name]();
    const made = button(say(`tool_${name}`), act, { data: { tool: name }, title: say(`tip_${name}`) });
    if (pointer || SWITCHES.includes(name)) press(made, false);
    this.buttons.set(name, made);
    return made;
  }

  point(name) {
    this.acts.pointer(name);
    this.pointer(name);
  }

  pointer(name) {
    for (const other of POINTERS) press(this.buttons.get(other), other === name);
  }

  press(name, pressed) {
    press(this.buttons.get(name), pressed);
  }

  enable(name, enabled) {
    this.buttons.get(name).disabled = !enabled;
  }

  /** Offer the windows of the selected view. */
  offer(view) {
    const found = presets(view);
    this.windows.replaceChildren(
      make("option", { value: -1, text: say("windows") }),
      ...found.map(({ name, width, center }, at) =>
        make("option", { value: at, text: `${at + 1} · ${name} (${width} / ${center})` }),
      ),
    );
    this.windows.disabled = !found.length;
    this.found = found;
  }

  window(at) {
    const wanted = this.found?.[at];
    if (wanted) this.acts.setWindow(wanted);
    this.windows.value = -1;
  }
}
