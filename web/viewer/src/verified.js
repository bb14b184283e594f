// Whose the images are: told over each picture that does not prove it.
import { make } from "./dom.js";
import { say } from "./page.js";

/** Whether the images of a series say that they are the page's patient's. */
export function isVerified(series) {
  return series.exam.told.identity === "agrees";
}

/** The band that says the contrary; hidden. */
export function band() {
  return make("p", { class: "v-unverified", role: "note", text: say("not_verified"), hidden: true });
}
