// The viewer: opened by a click in the list of exams, or at once on a page of its own.
import "./viewer.css";
import { hashes, settings } from "./images.js";
import { page, place } from "./page.js";
import { Session } from "./session.js";
import { warm } from "./warm.js";

const session = new Session(place);

/** The numbers of exams that an element of the list asks for. */
function numbersOf(element) {
  return (element.dataset.open ?? "").split(" ").filter(Boolean).map(Number);
}

document.addEventListener("click", (event) => {
  const asked = event.target.closest?.("[data-open]");
  if (!asked) return;
  event.preventDefault();
  session.open(numbersOf(asked));
});

async function begin() {
  await warm(document.body);
  place.dataset.ready = "yes";
  if (page.exams?.length) await session.open(page.exams);
}

// Our own tests look at the session; nobody else knows the name, and it holds no secret.
Object.defineProperty(window, "drimboxViewer", { value: { session, settings, hashes } });
begin().catch((error) => {
  place.dataset.ready = "failed";
  session.failed(error);
});
