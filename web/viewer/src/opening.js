// What an exam is opened with: the current one where it stands, a prior beside it.
import { bytesOf } from "./base64.js";
import { match } from "./matching.js";

/** The series and place of each exam; a prior's are those that match the current image. */
export function wishes(exams, board) {
  const [first, ...priors] = exams;
  if (!first) return [];
  const current = currentOf(first, board);
  return [current, ...priors.map((exam) => beside(current, own(exam, true)))];
}

/** The same of one exam, whose images came later: beside those that are on the screen. */
export function wishOf(exam, exams, board) {
  const [first] = exams;
  if (exam !== first) return beside(currentOf(first, board), own(exam, true));
  const other = board.views.find((one) => one.series);
  return beside({ series: other?.series, place: other?.wanted }, own(exam, false));
}

/** Where a series begins beside what another view shows, undefined where no match is known. */
export function placeBeside(view, series) {
  return view?.series ? match(view.series, view.wanted, series).place : undefined;
}

function currentOf(exam, board) {
  const view = board.views.find((one) => one.series?.exam === exam);
  const { series, wanted: place } = view ?? {};
  return view ? { exam, series, prior: false, place } : own(exam, false);
}

/** As the exam itself says: its first image. */
function own(exam, prior) {
  const { first } = exam;
  const named = exam.told.first;
  const place = named && exam.series[named.series] === first ? named.frame : first?.first;
  return { exam, series: first, prior, place };
}

function beside(current, wish) {
  if (!current.series || !wish.series) return wish;
  const found = match(current.series, current.place, wish.series);
  if (found.place != null) return { ...wish, place: found.place };
  if (found.why !== "orientation") return wish;
  // Another series of the exam may be cut as the current one is.
  for (const series of wish.exam.series) {
    if (!series.drawable || series.modality !== current.series.modality) continue;
    const other = match(current.series, current.place, series);
    if (other.place != null) return { ...wish, series, place: other.place };
  }
  return wish;
}

/** Give the frame that came with the document to the source of all bytes. */
export function putFirst(exam, source) {
  const { first } = exam.told;
  const series = exam.series[first?.series];
  if (!first?.bytes || !series?.drawable) return;
  source.put(series, series.names[first.frame], bytesOf(first.bytes));
  first.bytes = null;
}
