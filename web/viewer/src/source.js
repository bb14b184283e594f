// The bytes of frames, by ranges of the objects that hold them: three at a time, the nearest to the
// frame that is looked at first. A frame is handed over as soon as it is there.
import { Bytes } from "./bytes.js";
import { Cutting } from "./cutting.js";
import { Lost, mayPass } from "./lost.js";

const LANES = 3;
// Milliseconds after a cut.
const PAUSE = 300;
// A signature that has ended, or the key behind it (S3: 403 AccessDenied, 400 ExpiredToken).
const OVER = new Set([400, 401, 403]);

/** All series that are being read. ``hears`` has ``arrived(series, name)``, called for each frame,
 * ``renew()``, which gives fresh addresses, and ``lost()``, called when frames did not come. */
export class Source {
  constructor(hears) {
    this.hears = hears;
    this.all = new Map();
    // The ETag of each object that was read from.
    this.tags = new Map();
    this.running = 0;
    this.ended = false;
    this.stop = new AbortController();
  }

  /** Fetch all frames of a series, the newer ones too; the first ones around ``place``. */
  read(series, place) {
    const bytes = this.of(series);
    bytes.focus = place ?? bytes.focus;
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
      await this.range(bytes, chunk).catch((error) => this.rest(bytes, chunk, error));
    } catch (error) {
      const code = error instanceof Lost ? error.code : "unreachable";
      for (const name of names) if (!bytes.done.has(name)) bytes.fail(name, code);
      if (!this.ended) this.hears.lost();
    } finally {
      for (const name of names) bytes.loading.delete(name);
    }
  }

  /** What is left of a chunk after a failure, once more. */
  async rest(bytes, chunk, error) {
    if (this.ended) throw new Lost("ended");
    if (!(error instanceof Lost)) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    else await this.refresh(bytes.series, chunk[0].file, error);
    const rest = chunk.filter((span) => !bytes.done.has(span.name));
    if (!rest.length) return;
    if (this.ended) throw new Lost("ended");
    // An address that is refused when it is fresh is not refused for its age.
    await this.range(bytes, rest).catch((again) => {
      throw again instanceof Lost && again.code === "expired" ? new Lost("refused") : again;
    });
  }

  /** Fresh addresses after a refusal, unless another lane has fetched them meanwhile. */
  async refresh(series, file, { code, url }) {
    if (code === "expired" && series.address(file) === url) await this.hears.renew();
  }

  /** Whether frames are missing that may come at a later attempt. */
  get lacks() {
    return [...this.all.values()].some((bytes) => [...bytes.failed.values()].some(mayPass));
  }

  /** Ask again for the frames that did not come. */
  retry() {
    for (const { failed } of this.all.values()) {
      for (const [name, code] of [...failed]) if (mayPass(code)) failed.delete(name);
    }
    this.pump();
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
    if (OVER.has(answer.status)) throw new Lost("expired", url);
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
      await this.refresh(series, series.files[at], error);
    }
    return read();
  }

  async range(bytes, chunk) {
    const start = chunk[0].start;
    const end = Math.max(...chunk.map((span) => span.end));
    const answer = await this.ask(bytes.series, chunk[0].file, start, end);
    const cutting = new Cutting(chunk);
    const reader = answer.body.getReader();
    for (let at = start; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > end) throw new Lost("refused");
      for (const { name, data } of cutting.take(value, at)) this.deliver(bytes, name, data);
      at += value.length;
    }
    if (!cutting.whole) throw new Error("short");
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
      this.hears.arrived(bytes.series, name);
    }
  }

  /** Forget everything: the page is left, or the session has ended. */
  end() {
    this.ended = true;
    this.stop.abort();
    this.all.clear();
  }
}
