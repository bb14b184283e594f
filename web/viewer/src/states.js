// The states of exams in words: images that come, are gone, are refused, or are another patient's.
import { button, make } from "./dom.js";
import { day, say } from "./page.js";

/** The words for a series that cannot be drawn here. */
export function reasonOf(series) {
  if (series.told.as !== "dicom") return say("coming");
  return say("only_dicom", { reason: say(`why_${series.told.why}`) });
}

/** The words for the state of an exam, none when all of it is there. */
export function stateOf(exam) {
  const { state, reason, awaited } = exam.told;
  if (state === "coming") return say("state_coming", { count: exam.images, awaited: awaited ?? "…" });
  if (!["gone", "refused", "failed"].includes(state)) return "";
  const name = `ended_${reason}`;
  const told = say(name);
  return told === name ? say(`state_${state}`) : told;
}

/** The words in the place of an exam that has no image to show. */
export function absenceOf(exam) {
  const told = stateOf(exam) || (exam.series.length ? reasonOf(exam.series[0]) : say("state_gone"));
  return [told, day(exam.told.date), exam.told.site].filter(Boolean).join(" · ");
}

/** The red page: the images are of another person than the patient of this page. */
export function otherPatient(exam, patient, back) {
  const told = exam.told.identities ?? {};
  const row = (name, ours, theirs) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", text: say(name) }),
      make("td", { text: ours || "–" }),
      make("td", { text: theirs || "–" }),
    );
  return make(
    "div",
    { class: "v-differs", role: "alert" },
    make("h1", { text: say("differs") }),
    make("p", { text: say("differs_then") }),
    make(
      "table",
      {},
      make(
        "tr",
        {},
        make("td"),
        make("th", { scope: "col", text: say("this_patient") }),
        make("th", { scope: "col", text: say("the_images") }),
      ),
      row("name", patient.name, told.name),
      row("birth_date", patient.birth_date, told.birth_date),
      row("sex", patient.sex, told.sex),
    ),
    button(say("back"), back, { class: "v-main" }),
  );
}

/** A sentence over the whole viewer, what remains possible, and the ways on: name and act of each. */
export function sentence(words, remains, [first, ...others]) {
  const [name, act] = first;
  return make(
    "div",
    { class: "v-sentence", role: "alert" },
    make("p", { text: words }),
    remains && make("p", { text: remains }),
    button(name, act, { class: "v-main" }),
    ...others.map((other) => button(...other)),
  );
}
