// Films: the frames of a view one after the other, at their own rate.

const USUAL = 10;
const playing = new Map();

function rateOf(view) {
  const of = (name) => view.series.of(view.place, name);
  const time = of("frame_time");
  const rate = of("rate") ?? of("cine_rate") ?? (time > 0 ? 1000 / time : USUAL);
  return Math.min(60, Math.max(1, rate));
}

/** The image behind the one that was asked for last: within a film of its own, its first one behind the
 * last; else that of the whole series. */
function following({ series, wanted }) {
  const [next, frame] = [wanted + 1, series.of(wanted, "frame")];
  if (!frame || series.told.in_space) return next % series.count;
  return next < series.count && series.of(next, "frame") === frame + 1 ? next : next - frame;
}

/** Whether the view's film runs. */
export function plays(view) {
  return playing.has(view);
}

/** Stop the film of a view. */
export function stop(view) {
  clearTimeout(playing.get(view));
  playing.delete(view);
}

/** Start the film of a view, or stop it. */
export function toggle(view) {
  if (plays(view)) {
    stop(view);
    return;
  }
  const step = async () => {
    const start = performance.now();
    if (!view.series || view.series.count < 2) {
      stop(view);
      return;
    }
    await view.scrollTo(following(view));
    if (!plays(view)) return;
    const rest = 1000 / rateOf(view) - (performance.now() - start);
    playing.set(view, setTimeout(step, Math.max(0, rest)));
  };
  playing.set(view, setTimeout(step, 0));
}
