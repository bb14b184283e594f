// The picture of the image on the screen: its levels, its tables, its mask. Called for each new image,
// before it is drawn.
import { EXACT, LINEAR } from "./curves.js";
import { modalityEnds } from "./kinds.js";
import { levelsOf, ownOf, setLevels } from "./levels.js";
import { tablesOf } from "./metadata.js";
import { cook, endsOf, throughTables, withoutMask } from "./recipe.js";
import { maskFor, rangeWithout, wanted } from "./subtraction.js";

/** Give the image on the screen its own levels, and those that the person chose before where they mean
 * the same: neither a window of grey levels is one of colours, nor one of values one of differences.
 * ``again``: nothing that was chosen is kept. */
export function dress(view, again = false) {
  const { viewport } = view;
  const image = viewport.csImage;
  if (!image) return;
  const former = view.meaning;
  const table = tableFor(view);
  const recipe = maskRecipe(view) ?? (table ? throughTables([table]) : null);
  cook(viewport, recipe);
  view.masked = Boolean(recipe?.mask);
  view.through = view.masked ? "" : (table?.name ?? "");
  view.meaning = image.color ? "colours" : recipe ? (recipe.mask ? "differences" : "entries") : "values";
  const own = ownOf(image);
  if (view.masked) {
    const through = view.series.of(view.place, "voi_table");
    const plain = through ? modalityEnds((name) => view.series.of(view.place, name)) : own.range;
    Object.assign(own, { range: rangeWithout(plain), curve: EXACT });
  } else if (table) Object.assign(own, { range: endsOf(table), curve: LINEAR });
  const inverted = own.inverted !== view.inverted;
  const now = levelsOf(viewport);
  const kept = !again && now.chosen && former === view.meaning;
  const same = former === view.meaning && now.curve === own.curve && now.inverted === inverted;
  // Cornerstone gives each image its own levels, unless a person chose others: not those of a table that
  // a person chose.
  const others = table && !kept && !view.masked && view.table;
  if (same && !again && !others) return;
  // Differences have one window for the whole film.
  const chosen = kept || view.masked;
  setLevels(viewport, { range: kept ? now.range : own.range, curve: own.curve, inverted, chosen });
}

function maskRecipe(view) {
  if (!wanted(view)) return null;
  const { series, shownId: id } = view;
  const mask = maskFor(view, () => view.shownId === id && view.series === series && redress(view));
  return mask && withoutMask(mask);
}

/** The table of the image on the screen: the one that a person chose in this series, where the image has
 * it, else that of the image itself. */
function tableFor({ series, place, table: chosen }) {
  const isChosen = ({ name }, at) => name === chosen.name && (name || at === chosen.at);
  return (chosen && tablesOf(series, place).find(isChosen)) ?? series.of(place, "voi_table");
}

/** Dress the image on the screen anew: its mask has come, or the person wants another picture of it. */
export function redress(view) {
  if (view.state && !view.state.why) return;
  dress(view);
  view.viewport.render();
  view.tell();
}
