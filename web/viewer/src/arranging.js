// Which series stand on the screen, and in which form: side by side, several views, planes.
import * as cine from "./cine.js";
import { Planes } from "./mpr.js";
import { canCut } from "./volume.js";

/** Show a series in the selected view. */
export async function choose(session, series) {
  const turn = session.turn;
  if (session.planes) await cut(session);
  const view = session.board.selected;
  cine.stop(view);
  view.prior = series.exam !== session.exams[0];
  await view.show(series);
  if (turn !== session.turn) return;
  session.source.read(series);
  session.board.link.anchor();
  session.board.drawLines();
  session.picked(view);
  session.thumbs.mark(session.board.series);
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
    await view.show(series);
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
  } else if (canCut(session.board.selected?.series)) {
    const { series, prior } = session.board.selected;
    session.planes = new Planes(series, prior, () => cut(session));
    session.board.element.hidden = true;
    session.middle.insertBefore(session.planes.element, session.reports.element);
    await session.planes.start();
  }
  session.toolbar.press("planes", Boolean(session.planes));
}
