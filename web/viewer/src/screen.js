// The size of the screen, as a person measured it with a card: kept in this page alone.
import { button, make } from "./dom.js";
import { say } from "./page.js";

// ISO/IEC 7810 ID-1, in mm; a screen of 96 points an inch until somebody says better.
const CARD = 85.6;
let points = 96 / 25.4;

/** How many CSS pixels a millimetre has. */
export function millimetre() {
  return points;
}

/** Ask for the width of a card on this screen, in a panel over ``place``. */
export function calibrate(place) {
  const frame = make("div", { class: "v-card" });
  const show = () => {
    frame.style.width = `${range.value}px`;
    frame.style.height = `${(range.value * 53.98) / CARD}px`;
  };
  const range = make("input", {
    type: "range",
    min: 150,
    max: 900,
    value: Math.round(CARD * points),
    "aria-label": say("card_width"),
    on: { input: show },
  });
  const done = () => {
    points = Number(range.value) / CARD;
    panel.close();
  };
  const panel = make(
    "dialog",
    { class: "v-calibration", "aria-label": say("tool_calibrate") },
    make("p", { text: say("card") }),
    frame,
    range,
    make("div", {}, button(say("card_done"), done), button(say("cancel"), () => panel.close())),
  );
  panel.addEventListener("close", () => panel.remove());
  // The keys of the viewer are not those of the panel.
  panel.addEventListener("keydown", (event) => event.stopPropagation());
  place.append(panel);
  show();
  panel.showModal();
  range.focus();
}
