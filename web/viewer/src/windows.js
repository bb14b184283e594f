// The windows that a key or the list gives: those of the image, its tables of contrast, then the usual
// ones.
import { isHounsfield, tablesOf, windowsOf } from "./metadata.js";
import { say } from "./page.js";

const HOUNSFIELD = [
  ["mediastinum", 400, 40],
  ["lung", 1500, -600],
  ["bone", 2000, 400],
  ["brain", 80, 40],
  ["abdomen", 350, 50],
  ["subdural", 200, 75],
];

/** The windows of a view's image: name, width, center; nine at most. A table of contrast among them has
 * ``table`` in place of the numbers. ``planes``: of the planes through its series, which know no tables. */
export function presets(view, planes = false) {
  const { series, place } = view;
  if (!series || series.of(place, "samples") === 3) return [];
  const own = windowsOf(series, place).map(({ center, width, name }) => ({
    name: name || say("image_window"),
    width,
    center,
  }));
  const tables = tablesOf(series, place).map(({ name }, at) => ({
    name: say("by_table", { name: name || at + 1 }),
    table: { name, at },
  }));
  // Behind a table the image has grey levels alone.
  const usual = isHounsfield(series, place) && !series.of(place, "voi_table")
    ? HOUNSFIELD.map(([name, width, center]) => ({ name: say(name), width, center }))
    : [];
  return [...own.slice(0, 3), ...(planes ? [] : tables), ...usual].slice(0, 9);
}
