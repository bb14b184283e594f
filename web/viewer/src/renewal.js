// Newer documents of a reading that is open: what came, what moved, what is no more.
import { cache } from "@cornerstonejs/core";
import { cut } from "./arranging.js";
import { forget } from "./metadata.js";
import { wishOf } from "./opening.js";
import { page } from "./page.js";
import { Refused, progress } from "./server.js";
import { otherPatient } from "./states.js";

/** Codes after which nothing may be read any more. */
export const OVER = new Set(["ended", "denied"]);

/** Ask again, and once more later; what could not be loaded before is asked for again too. */
export async function look(session) {
  const { turn } = session;
  let over = false;
  try {
    await refresh(session);
    if (turn === session.turn) retry(session);
  } catch (error) {
    over = isOver(error);
  }
  if (turn === session.turn && !over) session.later();
}

const isOver = (error) => error instanceof Refused && OVER.has(error.code);

/** Fresh addresses. A session that is over is told at once; any other failure is left to the caller,
 * and to the next time. */
export async function refresh(session) {
  const { turn } = session;
  try {
    await renew(session);
  } catch (error) {
    if (turn === session.turn && isOver(error)) session.failed(error);
    throw error;
  }
}

function retry(session) {
  if (!session.source?.lacks) return;
  session.source.retry();
  session.thumbs.offer(session.exams);
  for (const view of session.board.views) view.retry();
}

/** Ask again: more frames, fresh addresses. The pictures that this changes are not waited for: they
 * may wait for the very bytes whose addresses are asked for. */
async function renew(session) {
  const { turn, attended } = session;
  session.attended = false;
  const told = await progress(session.numbers, attended);
  if (turn !== session.turn) return;
  let changed = false;
  for (const exam of session.exams) {
    const one = told.exams.find((other) => other.n === exam.n) ?? { ...exam.told, series: [] };
    const found = exam.update(one);
    changed ||= found.changed;
    drop(found.left);
    session.know(exam);
  }
  const other = session.exams.find((exam) => exam.told.identity === "differs");
  if (other) {
    session.end();
    session.over(otherPatient(other, page.patient, () => session.leave()));
    return;
  }
  session.board.update();
  session.offerStates(session.board.selected);
  session.reports.keep(session.exams.flatMap((exam) => exam.series));
  session.cuttable();
  session.told();
  if (changed) session.growing = session.growing.then(() => more(session, turn)).catch(() => {});
}

/** Forget frames that are no more: nobody finds them by their names. */
function drop(ids) {
  forget(ids);
  for (const id of ids) {
    if (cache.getImageLoadObject(id)) cache.removeImageLoadObject(id, { force: true });
  }
}

async function more(session, turn) {
  if (turn !== session.turn) return;
  if (session.planes && !session.planes.current) await cut(session);
  session.thumbs.offer(session.exams);
  for (const view of [...session.board.views]) {
    if (!view.series || sameStack(view)) continue;
    await view.grow();
    if (turn !== session.turn) return;
    if (view.series) session.source.read(view.series);
  }
  for (const view of session.board.views.filter((one) => one.awaits?.first)) {
    const { series, place } = wishOf(view.awaits, session.exams, session.board);
    await view.show(series, place);
    if (turn !== session.turn) return;
    session.board.link.join(view);
    session.source.read(series);
  }
  if (!session.board.series.size && session.exams.some((exam) => exam.first)) {
    await session.board.show(session.wishes());
    if (turn !== session.turn) return;
    for (const series of session.board.series) session.source.read(series);
  }
  session.board.link.settle();
  if (session.board.selected) session.picked(session.board.selected);
  session.thumbs.mark(session.board.series);
}

/** Whether a view's stack is that of the newest document. */
function sameStack(view) {
  const ids = view.viewport.getImageIds();
  return ids.length === view.series.count && ids.every((id, at) => id === view.series.ids[at]);
}
