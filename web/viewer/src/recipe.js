// The steps between the values of an image and its grey levels: a mask that is subtracted, tables of
// contrast. The GPU knows neither: a view with a recipe is drawn by the processor.
import { bytesOf } from "./base64.js";

const recipes = new WeakMap();
const made = new WeakMap();

/** The recipe of a viewport, null for none. */
export const recipeOf = (viewport) => recipes.get(viewport) ?? null;

/** Whether a view is drawn through a table. */
export const isThroughTable = ({ viewport }) => Boolean(recipeOf(viewport)?.maps.length);

/** Draw a viewport by a recipe from now on; null for its plain values. */
export function cook(viewport, recipe) {
  if (recipe) recipes.set(viewport, recipe);
  else recipes.delete(viewport);
}

/** The recipe that sends values through these tables of the document, one after the other. */
export function throughTables(tables) {
  const last = tables.at(-1);
  const known = made.get(last);
  if (known?.tables.every((one, at) => one === tables[at]) && known.tables.length === tables.length) {
    return known.recipe;
  }
  const recipe = { mask: null, maps: tables.map(mapOf) };
  made.set(last, { tables, recipe });
  return recipe;
}

/** The recipe that takes ``mask``, the values of a picture, away. */
export function withoutMask(mask) {
  if (!made.has(mask)) made.set(mask, { mask, maps: [] });
  return made.get(mask);
}

/** The lowest and the highest value behind a table. */
export const endsOf = (table) => ({ lower: 0, upper: 2 ** table.bits - 1 });

/** A table of the document as its first value and its entries. */
function mapOf({ first, table }) {
  return { first, entries: new Uint16Array(bytesOf(table).buffer) };
}

/** The entry of a value: those before the first one have that one, and so behind the last
 * (PS3.3 C.11.1.1.1). Between two entries the nearer one is meant. */
export function entryOf({ first, entries }, value) {
  const at = Math.round(value - first);
  return entries[at > 0 ? Math.min(at, entries.length - 1) : 0];
}

/** The values of a picture without its mask. */
export function difference(values, mask) {
  const out = new Float32Array(values.length);
  for (let one = 0; one < out.length; one += 1) out[one] = values[one] - mask[one];
  return out;
}
