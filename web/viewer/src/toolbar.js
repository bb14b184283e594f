// The buttons above the views, in one row. Each has its name; those with a key tell it.
import { button, make, press } from "./dom.js";
import { Menu } from "./menu.js";
import { say } from "./page.js";
import { presets } from "./windows.js";

const POINTERS = ["window", "zoom", "pan"];
const MEASURES = ["length", "angle", "ellipse", "rectangle", "arrow", "text"];
const MEASURING = [...MEASURES, "clear"];
const IMAGE = ["invert", "subtract", "flip", "flip_vertical", "rotate", "pixel_size", "real_size", "calibrate"];
const MORE = ["next_key", "lines", "cursors", "capture"];
const ROW = ["link", "cine", "planes", "compare"];
const SWITCHES = ["subtract", "link", "lines", "cursors", "cine", "planes", "compare", "report"];
const TOOLS = [...POINTERS, ...MEASURES];

/** ``acts`` maps each name of a button to its function. */
export class Toolbar {
  constructor(acts) {
    this.acts = acts;
    this.buttons = new Map();
    this.menus = [];
    this.windows = this.list("windows", () => this.window(Number(this.windows.value)));
    this.states = this.list("states_list", () => acts.state(this.states.value));
    this.layout = this.list("layout", () => acts.layout(Number(this.layout.value)));
    for (const count of [1, 2, 3, 4]) {
      this.layout.append(make("option", { value: count, text: say("views", { count }) }));
    }
    this.measuring = this.menu("measures", MEASURING);
    this.element = make(
      "div",
      { class: "v-toolbar", role: "toolbar", "aria-label": say("tools") },
      this.group(POINTERS.map((name) => this.of(name)), this.measuring.element),
      this.group([this.windows, this.states]),
      this.group([this.menu("image", IMAGE).element, this.of("reset")]),
      this.group(ROW.map((name) => this.of(name))),
      this.group([this.layout, this.menu("more", MORE).element]),
      this.group([this.of("report")]),
    );
    this.pointer("window");
    this.offerStates([], "");
  }

  list(name, change) {
    return make("select", { "aria-label": say(name), title: say(name), on: { change } });
  }

  menu(name, names) {
    const items = names.map((one) => this.of(one));
    const made = new Menu(say(`menu_${name}`), items, { title: say(`tip_menu_${name}`) });
    this.menus.push(made);
    return made;
  }

  group(elements, ...more) {
    return make("div", { class: "v-group" }, ...elements, ...more);
  }

  of(name) {
    const pointer = TOOLS.includes(name);
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
    for (const other of TOOLS) press(this.buttons.get(other), other === name);
    const measure = MEASURES.includes(name);
    this.measuring.button.classList.toggle("v-on", measure);
    // The tool in hand is told while its menu is closed.
    this.measuring.button.textContent = measure ? say(`tool_${name}`) : say("menu_measures");
  }

  press(name, pressed) {
    press(this.buttons.get(name), pressed);
  }

  enable(name, enabled) {
    this.buttons.get(name).disabled = !enabled;
  }

  /** Offer the windows of the selected view, or of the ``planes`` in its place. */
  offer(view, planes = false) {
    const found = presets(view, planes);
    const told = JSON.stringify(found);
    // A list that somebody has open stays as it is while nothing changes.
    if (told !== this.offeredWindows) {
      this.windows.replaceChildren(
        make("option", { value: -1, text: say("windows") }),
        ...found.map(({ name, width, center, table }, at) =>
          make("option", { value: at, text: `${at + 1} · ${name}${table ? "" : ` (${width} / ${center})`}` }),
        ),
      );
    }
    this.offeredWindows = told;
    this.windows.disabled = !found.length;
    this.found = found;
  }

  /** Offer these presentation states, each by its UID: a later document may have others before it.
   * The one named ``chosen`` is applied, "" for none. */
  offerStates(found, chosen) {
    const told = JSON.stringify(found);
    // A list that somebody has open stays as it is while nothing changes.
    if (told !== this.offered) {
      this.states.replaceChildren(
        make("option", { value: "", text: say(found.length ? "no_state" : "states_none") }),
        ...found.map(({ uid, label }) => make("option", { value: uid, text: say("state_named", { name: label }) })),
      );
    }
    this.offered = told;
    this.states.hidden = !found.length;
    this.states.value = chosen;
  }

  window(at) {
    const wanted = this.found?.[at];
    if (wanted?.table) this.acts.setTable(wanted.table);
    else if (wanted) this.acts.setWindow(wanted);
    this.windows.value = -1;
  }
}
