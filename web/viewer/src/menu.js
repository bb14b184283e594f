// A button that opens a small panel of further buttons below it. By keyboard: Enter opens, the arrows
// move, Escape closes and gives the focus back.
import { button, make } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };
let open = null;

/** ``name`` stands on the button; ``items`` are the elements of its panel. */
export class Menu {
  constructor(name, items, options = {}) {
    this.panel = make("div", { class: "v-menu-panel", hidden: true }, ...items);
    this.button = button(name, () => this.toggle(), { "aria-expanded": "false", ...options });
    this.element = make("div", { class: "v-menu" }, this.button, this.panel);
    this.element.addEventListener("keydown", (event) => this.keyed(event));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.close();
    });
    // A choice ends it.
    this.panel.addEventListener("click", ({ target }) => target.closest("button") && this.close(true));
  }

  get shown() {
    return !this.panel.hidden;
  }

  toggle() {
    if (this.shown) this.close();
    else this.open();
  }

  open() {
    open?.close();
    open = this;
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    const over = this.element.getBoundingClientRect().left + this.panel.offsetWidth > innerWidth;
    this.panel.classList.toggle("v-menu-left", over);
  }

  close(back = false) {
    if (!this.shown) return;
    if (back || this.panel.contains(document.activeElement)) this.button.focus();
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (open === this) open = null;
  }

  keyed(event) {
    if (event.key === "Escape" && this.shown) this.close(true);
    else if (STEPS[event.key]) this.step(STEPS[event.key]);
    else return;
    // Neither the view below nor the page takes it too.
    event.preventDefault();
    event.stopPropagation();
  }

  step(by) {
    if (!this.shown) this.open();
    const all = [...this.panel.querySelectorAll("button:enabled, select:enabled")];
    const at = all.indexOf(document.activeElement);
    all.at(at < 0 ? (by > 0 ? 0 : -1) : (at + by) % all.length)?.focus();
  }
}

document.addEventListener("pointerdown", ({ target }) => {
  if (open && !open.element.contains(target)) open.close();
});
