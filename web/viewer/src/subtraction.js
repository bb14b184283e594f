// Films of vessels whose frames are to be seen without a mask: the mean of other frames (PS3.3
// C.7.6.10). The person sees the subtracted frames where the device recommends it, and may see the
// frames as they are.
import { cache, imageLoader } from "@cornerstonejs/core";
import { say } from "./page.js";

// Of the window of the frames themselves: vessels differ by a part of it.
const PART = 1 / 4;
// The last mask of each series.
const masks = new WeakMap();

/** The names of the frames of the mask of a frame; null where it has none that is here. */
export function maskOf(series, place) {
  const [numbers, frame] = [series.of(place, "mask"), series.of(place, "frame")];
  if (!numbers || !frame) return null;
  const [object] = series.frames[place];
  const ids = numbers.map((number) => {
    // The frames of one object follow each other.
    const at = place - frame + number;
    const here = series.frames[at]?.[0] === object && series.of(at, "frame") === number;
    return here ? series.ids[at] : null;
  });
  return ids.every(Boolean) ? ids : null;
}

/** Whether the image on the screen can be subtracted. */
export const offered = (view) => Boolean(view.series && maskOf(view.series, view.place));

/** Whether the person or, before any choice, the device wants it subtracted. A presentation state means
 * the frames as they are. */
export function wanted(view) {
  if (view.state && !view.state.why) return false;
  const chosen = view.subtracting ?? view.series.of(view.place, "viewing") === "SUB";
  return chosen && offered(view);
}

/** The values of the mask of the image on the screen; null while they are not here. ``came`` is called
 * once they are, or once they cannot be. */
export function maskFor(view, came) {
  const { series } = view;
  const ids = maskOf(series, view.place);
  const key = ids.join();
  if (masks.get(series)?.key === key) return masks.get(series).mask;
  const keep = (images) => masks.set(series, { key, mask: meanOf(images) });
  const images = ids.map((id) => cache.getImage(id));
  if (images.every(Boolean)) return keep(images).get(series).mask;
  if (view.unmasked === key) return null;
  Promise.all(ids.map((id) => imageLoader.loadAndCacheImage(id)))
    .then(keep, () => (view.unmasked = key))
    .then(came);
  return null;
}

function meanOf(images) {
  const values = images.map((one) => one.getPixelData());
  if (values.length === 1) return values[0];
  const mean = new Float32Array(values[0].length);
  for (const one of values) {
    for (let at = 0; at < mean.length; at += 1) mean[at] += one[at] / values.length;
  }
  return mean;
}

/** The values from black to white of a subtracted frame: the same on both sides of no difference. */
export function rangeWithout({ lower, upper }) {
  const half = ((upper - lower) * PART) / 2;
  return { lower: -half, upper: half };
}

/** How the image on the screen was subtracted, or that it was not. */
export function wordsOf(view) {
  const of = (name) => view.series.of(view.place, name);
  const ids = maskOf(view.series, view.place);
  if (!ids) return of("viewing") === "SUB" ? say("not_subtracted") : "";
  if (!wanted(view)) return say("native_frames");
  if (!view.masked) return say(view.unmasked === ids.join() ? "mask_missing" : "mask_coming");
  return say("subtracted", { frames: of("mask").join(", ") });
}
