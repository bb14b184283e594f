// The viewer: opened by a click in the list of exams, or at once on a page of its own.
import { cache } from "@cornerstonejs/core";
import "./viewer.css";
import "./list.css";
import { requireAbilities, wordsOf } from "./able.js";
import { counts, hashes, settings } from "./images.js";
import { giveUp, listen } from "./list.js";
import { dressed, page, place } from "./page.js";
import { drawing } from "./processor.js";
import { Session } from "./session.js";
import { warm } from "./warm.js";

const session = new Session(place);

listen((numbers) => session.open(numbers));

// This program runs: the words for a browser in which it does not are not needed.
document.getElementById("viewer-absent")?.remove();

async function begin() {
  requireAbilities();
  if (!dressed) throw new Error("sheet");
  await warm(document.body);
  place.dataset.ready = "yes";
  if (page.exams?.length) await session.open(page.exams);
}

// Our own tests and measurements look at the session; nobody else knows the name, and it holds no secret.
Object.defineProperty(window, "drimboxViewer", { value: { session, settings, hashes, counts, drawing, cache } });
begin().catch((error) => {
  place.dataset.ready = "failed";
  // Over a list, only where somebody waits for images.
  const words = wordsOf(error);
  if (page.exams?.length || !place.hidden) session.failed(error, words);
  else giveUp(words);
});
