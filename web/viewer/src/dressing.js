// The picture of the image on the screen: its levels, its tables, its mask. Called for each new image,
// before it is drawn.
import { EXACT } from "./curves.js";
import { modalityEnds } from "./kinds.js";
import { levelsOf, ownOf, setLevels } from "./levels.js";
import { cook, throughTables, withoutMask } from "./recipe.js";
import { maskFor, rangeWithout, wanted } from "./subtraction.js";

/** Give the image on the screen its own levels, and those that the person chose before where they mean
 * the same: neither a window of grey levels is one of colours, nor one of values one of differences.
 * ``again``: nothing that was chosen is kept. */
export function dress(view, again = false) {
  const { viewport } = view;
  const image = viewport.csImage;
  if (!image) return;
  const former = view.meaning;
  const recipe = recipeFor(view);
  cook(viewport, recipe);
  view.masked = Boolean(recipe?.mask);
  view.meaning = image.color ? "colours" : recipe ? (recipe.mask ? "differences" : "entries") : "values";
  const own = ownOf(image);
  if (view.masked) {
    const through = view.series.of(view.place, "voi_table");
    const plain = through ? modalityEnds((name) => view.series.of(view.place, name)) : own.range;
    Object.assign(own, { range: rangeWithout(plain), curve: EXACT });
  }
  const inverted = own.inverted !== view.inverted;
  const now = levelsOf(viewport);
  const kept = !again && now.chosen && former === view.meaning;
  const same = former === view.meaning && now.curve === own.curve && now.inverted === inverted;
  if (same && !again) return;
  // Differences have one window for the whole film.
  const chosen = kept || view.masked;
  setLevels(viewport, { range: kept ? now.range : own.range, curve: own.curve, inverted, chosen });
}

function recipeFor(view) {
  const { series, place } = view;
  if (wanted(view)) {
    const id = view.shownId;
    const mask = maskFor(view, () => view.shownId === id && view.series === series && redress(view));
    if (mask) return withoutMask(mask);
  }
  const table = series.of(place, "voi_table");
  return table ? throughTables([table]) : null;
}

/** Dress the image on the screen anew: its mask has come, or the person wants another picture of it. */
export function redress(view) {
  if (view.state && !view.state.why) return;
  dress(view);
  view.viewport.render();
  view.tell();
}
