// Whose the images are: told over each picture that does not prove it.
import { make } from "./dom.js";
import { say } from "./page.js";

/** Whether the images of a series say that they are the page's patient's. */
export function isVerified(series) {
  return series.exam.told.identity === "agrees";
}

/** The band that says the contrary, in these words; hidden. */
export function band(words = "not_verified") {
  return make("p", { class: "v-unverified", role: "note", text: say(words), hidden: true });
}
