// Which series stand on the screen, and in which form: side by side, several views, planes.
import * as cine from "./cine.js";
import { verify } from "./documents.js";
import { levelsOf, ownOf } from "./levels.js";
import { Planes } from "./mpr.js";
import { placeBeside } from "./opening.js";
import { statesOf } from "./presentation.js";
import { drawing } from "./processor.js";
import { isThroughTable } from "./recipe.js";
import { canCut } from "./volume.js";

/** Show a series in the selected view; documents stand beside the images, a presentation state is
 * applied to them. */
export async function choose(session, series) {
  const turn = session.turn;
  if (series.told.as === "documents") return openDocuments(session, series);
  if (series.told.as === "states") return applyStates(session, series);
  if (session.planes) await cut(session);
  const view = session.board.selected;
  cine.stop(view);
  view.prior = series.exam !== session.exams[0];
  const other = session.board.views.find((one) => one !== view && one.series);
  await view.show(series, placeBeside(other, series));
  if (turn !== session.turn) return;
  session.source.read(series);
  session.board.link.anchor();
  session.board.drawLines();
  session.picked(view);
  session.thumbs.mark(session.board.series);
}

/** The documents of a series, each in its tab, the first one in front; only that one is read. */
function openDocuments(session, series) {
  session.reports.show(series, async (told) => {
    const content = await session.source.whole(series, told.at, told.range);
    await verify(content, told.sha256);
    return content;
  });
  session.toolbar.press("report", true);
}

/** The next state of a series of states: on the selected view, or on the first image that it names. */
async function applyStates(session, series) {
  const { exam } = series;
  const own = exam.told.states.filter((one) => one.series === exam.series.indexOf(series));
  const view = session.board.selected;
  if (!view) return;
  const next = own[(own.indexOf(view.state) + 1) % own.length];
  const [wanted] = Object.keys(next.images ?? {}).map((at) => exam.series[at]);
  const turn = session.turn;
  if (wanted && (view.series?.exam !== exam || !statesOf(view).includes(next))) {
    await choose(session, wanted);
    if (turn !== session.turn) return;
  }
  const place = next.images?.[exam.series.indexOf(view.series)]?.[0];
  if (place != null && !next.images[exam.series.indexOf(view.series)].includes(view.place)) {
    await view.scrollTo(place);
  }
  session.acts.state(next.uid);
}

/** All open exams side by side, or the selected one alone. */
export async function compare(session) {
  const turn = session.turn;
  if (session.planes) await cut(session);
  const alone = session.board.views.length > 1;
  const all = session.wishes();
  const list = alone ? [all.find((one) => one.series) ?? all[0]] : all;
  await session.board.show(list);
  if (turn !== session.turn) return;
  session.toolbar.press("compare", list.length > 1);
  session.toolbar.layout.value = session.board.views.length;
  session.thumbs.mark(session.board.series);
}

/** So many views; a new one shows a series that is not on the screen yet. */
export async function layout(session, count) {
  const turn = session.turn;
  const before = session.board.views.length;
  session.board.layout(count);
  const all = session.exams.flatMap((exam) => exam.series).filter((series) => series.drawable);
  const free = all.filter((series) => !session.board.series.has(series));
  for (const view of session.board.views.slice(before)) {
    const series = free.shift() ?? session.board.views[0].series;
    if (!series) continue;
    view.prior = series.exam !== session.exams[0];
    await view.show(series, placeBeside(session.board.views[0], series));
    if (turn !== session.turn) return;
    session.source.read(series);
  }
  session.board.link.anchor();
  session.board.drawLines();
  session.thumbs.mark(session.board.series);
}

/** The planes of the selected series, or the views again. */
export async function cut(session) {
  if (session.planes) {
    session.planes.end();
    session.planes = null;
    session.board.element.hidden = false;
    session.cuttable();
  } else if (!drawing.lost && canCut(session.board.selected?.series)) {
    const { selected } = session.board;
    const { series, prior, viewport } = selected;
    // Levels of the entries of a table are none of the values that are cut.
    const levels = isThroughTable(selected) ? ownOf(viewport.csImage) : levelsOf(viewport);
    session.planes = new Planes(series, prior, levels, () => cut(session));
    session.board.element.hidden = true;
    session.middle.insertBefore(session.planes.element, session.reports.element);
    await session.planes.start();
  }
  session.toolbar.press("planes", Boolean(session.planes));
  if (session.board.selected) session.toolbar.offer(session.board.selected, Boolean(session.planes));
}
