// The bytes of frames, by ranges of the objects that hold them: three at a time, about 2 MB each,
// the nearest to the frame that is looked at first. A frame is handed over as soon as it is there.
import { CHUNK_GAP } from "./exam.js";

const LANES = 3;
const CHUNK = 2 * 1024 * 1024;

export class Lost extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The bytes of one series; ``renew`` gives its addresses anew, once for each failure. */
class Bytes {
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

/** All series that are being read. ``arrived(series, name)`` hears of each frame. */
export class Source {
  constructor(arrived, renew) {
    this.arrived = arrived;
    this.renew = renew;
    this.all = new Map();
    // The ETag of each object that was read from.
    this.tags = new Map();
    this.running = 0;
    this.ended = false;
    this.stop = new AbortController();
  }

  /** Fetch all frames of a series, the newer ones too. */
  read(series) {
    const bytes = this.of(series);
    bytes.whole = true;
    this.pump();
  }

  of(series) {
    if (!this.all.has(series)) this.all.set(series, new Bytes(series));
    return this.all.get(series);
  }

  /** Look at this frame: its neighbours come first from now on. */
  look(series, place) {
    const bytes = this.all.get(series);
    if (bytes) bytes.focus = place;
    if (this.all.size > 1 && bytes) {
      this.all.delete(series);
      this.all = new Map([[series, bytes], ...this.all]);
    }
  }

  /** Put the bytes of a frame that came with the document. */
  put(series, name, data) {
    this.deliver(this.of(series), name, data);
  }

  /** The bytes of a frame; they are forgotten once given. */
  async take(series, name) {
    const bytes = this.of(series);
    bytes.order();
    if (!bytes.at.has(name)) throw new Lost("gone");
    const found = bytes.have.get(name);
    if (found) {
      bytes.have.delete(name);
      return found;
    }
    bytes.failed.delete(name);
    bytes.done.delete(name);
    if (!bytes.waiting.has(name)) bytes.waiting.set(name, []);
    const wait = new Promise((resolve, reject) => {
      bytes.waiting.get(name).push({ resolve, reject });
    });
    this.pump();
    return wait;
  }

  pump() {
    while (!this.ended && this.running < LANES) {
      const found = this.chunk();
      if (!found) return;
      this.running += 1;
      this.run(...found).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
  }

  chunk() {
    const all = [...this.all.values()];
    const waited = all.filter((one) => one.waiting.size);
    for (const bytes of [...waited, ...all]) {
      const chunk = bytes.next();
      if (chunk) return [bytes, chunk];
    }
    return null;
  }

  async run(bytes, chunk) {
    const names = chunk.map((span) => span.name);
    for (const name of names) bytes.loading.add(name);
    try {
      await this.range(bytes, chunk).catch(async (error) => {
        if (this.ended) throw new Lost("ended");
        if (!(error instanceof Lost)) await new Promise((resolve) => setTimeout(resolve, 300));
        if (error instanceof Lost && error.code === "expired") await this.renew();
        const rest = chunk.filter((span) => !bytes.done.has(span.name));
        return rest.length && !this.ended ? this.range(bytes, rest) : undefined;
      });
    } catch (error) {
      const code = error instanceof Lost ? error.code : "unreachable";
      for (const name of names) if (!bytes.done.has(name)) bytes.fail(name, code);
    } finally {
      for (const name of names) bytes.loading.delete(name);
    }
  }

  /** The answer of the bucket to one range of an object. */
  async ask(series, file, start, end) {
    const url = series.address(file);
    if (!url) throw new Lost("gone");
    const answer = await fetch(url, {
      headers: { Range: `bytes=${start}-${end - 1}` },
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      signal: this.stop.signal,
    });
    if (answer.status === 403) throw new Lost("expired");
    if (answer.status === 404) throw new Lost("gone");
    if (answer.status !== 206) throw new Lost("refused");
    this.sameObject(file, answer.headers.get("ETag"));
    return answer;
  }

  /** Ranges of one object belong together while its ETag is the same. A condition in the request
   * would say the same, and cost a preflight for each address. */
  sameObject(file, tag) {
    const known = this.tags.get(file);
    if (known && known !== tag) throw new Lost("changed");
    if (tag) this.tags.set(file, tag);
  }

  /** One range of an object of a series, whole; ``at`` is the object's place in the document. */
  async whole(series, at, [offset, size]) {
    const read = async () => {
      const answer = await this.ask(series, series.files[at], offset, offset + size);
      const content = new Uint8Array(await answer.arrayBuffer());
      if (content.length !== size) throw new Lost("refused");
      return content;
    };
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Lost) || error.code !== "expired" || this.ended) throw error;
    }
    await this.renew();
    return read();
  }

  async range(bytes, chunk) {
    const start = chunk[0].start;
    const end = Math.max(...chunk.map((span) => span.end));
    const answer = await this.ask(bytes.series, chunk[0].file, start, end);
    const buffer = new Uint8Array(end - start);
    const reader = answer.body.getReader();
    let size = 0;
    let next = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (size + value.length > buffer.length) throw new Lost("refused");
      buffer.set(value, size);
      size += value.length;
      while (next < chunk.length && chunk[next].end - start <= size) {
        this.deliver(bytes, chunk[next].name, cut(buffer, chunk[next].ranges, start));
        next += 1;
      }
    }
    if (next < chunk.length) throw new Error("short");
  }

  deliver(bytes, name, data) {
    bytes.order();
    // The series has another edition by now: nobody may see this frame.
    if (!bytes.at.has(name)) return;
    bytes.done.add(name);
    const waiting = bytes.waiting.get(name);
    bytes.waiting.delete(name);
    if (waiting) for (const one of waiting) one.resolve(data.slice());
    else {
      bytes.have.set(name, data);
      this.arrived(bytes.series, name);
    }
  }

  /** Forget everything: the page is left, or the session has ended. */
  end() {
    this.ended = true;
    this.stop.abort();
    this.all.clear();
  }
}

function cut(buffer, ranges, start) {
  const size = ranges.reduce((sum, [, length]) => sum + length, 0);
  const out = new Uint8Array(size);
  let at = 0;
  for (const [offset, length] of ranges) {
    out.set(buffer.subarray(offset - start, offset - start + length), at);
    at += length;
  }
  return out;
}
