// The list of exams around the viewer: its buttons, the chosen exams, and the way back to them.
import { place } from "./page.js";

// As many as the server opens at once, and as fit side by side.
const MOST = 4;
const tray = document.querySelector(".tray");
const [none, compare] = tray ? tray.querySelectorAll("button") : [];
let opener = null;
let broken = false;

const picks = () => [...document.querySelectorAll(".pick:checked:enabled")];

/** Enable what may be opened now: the states of the sites change while the page stands. */
function allow() {
  for (const one of document.querySelectorAll("[data-may]")) {
    one.disabled = broken || !one.dataset.may;
    if (one.disabled) one.checked = false;
  }
  told();
}

/** The tray: how many exams are chosen, the latest first. */
function told() {
  if (!tray) return;
  const chosen = picks().sort((a, b) => (a.value < b.value ? 1 : -1));
  const count = chosen.length;
  const { one, several, many, failed } = tray.dataset;
  const words = count === 1 ? one : count > MOST ? many : several;
  tray.hidden = !count && !broken;
  tray.classList.toggle("v-broken", broken);
  tray.firstElementChild.textContent = broken ? failed : words.replace("{count}", count);
  compare.dataset.open = chosen.map((pick) => pick.dataset.open).join(" ");
  compare.disabled = count < 2 || count > MOST;
  none.hidden = compare.hidden = broken;
}

function clear() {
  for (const pick of picks()) pick.checked = false;
  told();
}

function keyed(event) {
  if (event.key.toLowerCase() !== "c" || event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.matches("select, textarea, input:not([type=checkbox])");
  if (place.hidden && !typing && compare && !compare.disabled) compare.click();
}

/** Open exams by the list's buttons: ``open(numbers)``. */
export function listen(open) {
  document.addEventListener("click", (event) => {
    const asked = event.target.closest?.("button[data-open]");
    if (!asked || asked.disabled) return;
    event.preventDefault();
    opener = asked;
    open(asked.dataset.open.split(" ").filter(Boolean).map(Number));
  });
  document.addEventListener("change", told);
  document.addEventListener("keydown", keyed);
  document.addEventListener("sources", allow);
  none?.addEventListener("click", clear);
  // Back from the viewer: the keyboard is where it was, and the sites may be looked at again.
  new MutationObserver(() => {
    if (!place.hidden) return;
    opener?.focus();
    document.dispatchEvent(new Event("visibilitychange"));
  }).observe(place, { attributeFilter: ["hidden"] });
  allow();
}

/** The viewer cannot run in this browser: the list says so in these words, and stays. */
export function giveUp(words) {
  broken = true;
  if (tray) tray.dataset.failed = words;
  allow();
}
