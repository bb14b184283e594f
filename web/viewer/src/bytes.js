// Which frames of one series are there, awaited or failed, and which chunk of them comes next: about
// 2 MB, around the frame that is looked at.
import { CHUNK_GAP } from "./exam.js";
import { Lost } from "./lost.js";

const CHUNK = 2 * 1024 * 1024;

/** The bytes of one series. */
export class Bytes {
  constructor(series) {
    this.series = series;
    this.focus = series.first;
    // Whether all frames are fetched, or those alone that somebody waits for.
    this.whole = false;
    this.have = new Map();
    this.done = new Set();
    this.loading = new Set();
    this.waiting = new Map();
    this.failed = new Map();
    this.order();
  }

  /** The frames of each object by their offsets, anew when the series has changed. A span carries
   * its frame's name: places are those of one document, and bytes come after the next one. */
  order() {
    if (this.told === this.series.told) return;
    this.told = this.series.told;
    const spans = this.series.names.map((name, place) => spanOf(this.series, name, place));
    this.spans = spans.sort((a, b) => a.file - b.file || a.start - b.start);
    this.at = new Map(this.spans.map((span, rank) => [span.name, rank]));
    for (const name of [...this.waiting.keys()]) if (!this.at.has(name)) this.fail(name, "gone");
    for (const known of [this.have, this.done, this.failed]) {
      for (const name of [...known.keys()]) if (!this.at.has(name)) known.delete(name);
    }
  }

  wanted(name) {
    return !this.done.has(name) && !this.loading.has(name) && !this.failed.has(name);
  }

  fail(name, code) {
    this.failed.set(name, code);
    for (const one of this.waiting.get(name) ?? []) one.reject(new Lost(code));
    this.waiting.delete(name);
  }

  /** The next chunk: around the frame nearest to the focus that nobody has asked for. */
  next() {
    this.order();
    let [best, nearest] = [null, Infinity];
    this.series.names.forEach((name, place) => {
      const waited = this.waiting.has(name);
      if (!this.wanted(name) || !(this.whole || waited)) return;
      const distance = (waited ? 0 : 1e6) + Math.abs(place - this.focus);
      if (distance < nearest) [best, nearest] = [name, distance];
    });
    return best == null ? null : this.around(best);
  }

  around(name) {
    const middle = this.at.get(name);
    let [from, to] = [middle, middle];
    const size = () => this.spans[to].end - this.spans[from].start;
    const joins = (a, b) =>
      this.wanted(b.name) && a.file === b.file && Math.abs(b.start - a.end) < CHUNK_GAP;
    for (let grew = this.whole; grew && size() < CHUNK; ) {
      grew = false;
      const after = this.spans[to + 1];
      if (after && joins(this.spans[to], after)) [to, grew] = [to + 1, true];
      const before = this.spans[from - 1];
      if (before && this.wanted(before.name) && joins(before, this.spans[from])) {
        [from, grew] = [from - 1, true];
      }
    }
    return this.spans.slice(from, to + 1);
  }
}

function spanOf(series, name, place) {
  const { object, ranges } = series.pieces(place);
  const starts = ranges.map(([offset]) => offset);
  const ends = ranges.map(([offset, length]) => offset + length);
  const file = series.files[object];
  return { name, file, start: Math.min(...starts), end: Math.max(...ends), ranges };
}
