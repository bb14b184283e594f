// The document of the exams as values: exams, their series, the frames of each.

const CHUNK_GAP = 64 * 1024;
// The number of each object that was ever named. A number is never given again, so that what comes
// late of a former reading names nothing in the next one.
let given = 0;
const files = new Map();

/** The number of the object at an address: another signature is the same object. */
function fileOf(url) {
  const { origin, pathname } = new URL(url);
  const path = origin + pathname;
  if (!files.has(path)) files.set(path, (given += 1));
  return files.get(path);
}

/** Forget the objects of a reading that ended. */
export function forgetFiles() {
  files.clear();
}

/** One series. Frames are in display order, which changes as more come, or another edition does: a
 * frame is known by its name alone, and its place is looked up when it is needed. */
export class Series {
  constructor(exam, told) {
    this.exam = exam;
    this.uid = told.uid;
    // Codes of frames that could not be decoded, and of those that did not come.
    this.broken = new Map();
    this.missing = new Map();
    // Names of frames whose streams say that they have lost something.
    this.lossy = new Set();
    this.update(told);
  }

  /** Take a newer document; the identifiers of the frames that are no more. */
  update(told) {
    const before = this.ids ?? [];
    this.told = told;
    this.objects = told.objects ?? [];
    this.frames = told.frames ?? [];
    this.files = this.objects.map(({ url }) => fileOf(url));
    this.modality = told.modality ?? "";
    this.description = told.description ?? "";
    this.keys = new Set(told.keys ?? []);
    this.names = this.frames.map((_, place) => this.nameOf(place));
    this.ids = this.names.map((name) => this.idOf(name));
    this.places = new Map(this.ids.map((id, place) => [id, place]));
    this.kind = null;
    return before.filter((id) => !this.places.has(id));
  }

  /** The name of a frame: the object that holds it, where in it, and the slice's own facts. An
   * edition has objects of its own; one that was filled again may have another order. */
  nameOf(place) {
    const [object, ...rest] = this.frames[place];
    const start = typeof rest[0] === "number" ? rest[0] : rest[0][0];
    const where = (this.of(place, "position") ?? []).join("_");
    return `${this.files[object] ?? "none"}.${start}.${this.of(place, "frame") ?? ""}.${where}`;
  }

  /** Cornerstone's name of the frame of that name. */
  idOf(name) {
    return `dbx:${this.exam.n}/${this.uid}/${name}`;
  }

  has(name) {
    return this.places.has(this.idOf(name));
  }

  /** The address of now of an object, by its number; undefined when it is no more. */
  address(file) {
    return this.objects[this.files.indexOf(file)]?.url;
  }

  /** Whether its frames can be drawn here. */
  get drawable() {
    return !this.told.as && this.frames.length > 0;
  }

  /** Its documents, in place of frames. */
  get documents() {
    return this.told.documents ?? [];
  }

  /** Whether more of it may come. */
  get coming() {
    return (this.told.state ?? this.exam.told.state) === "coming";
  }

  get count() {
    return this.frames.length;
  }

  /** The attribute of a frame: its own, else the one that all frames share. */
  of(place, name) {
    const own = this.told.each?.[name]?.[place];
    return own ?? this.told.same?.[name];
  }

  syntax(place) {
    return this.told.syntax ?? this.of(place, "syntax");
  }

  /** The frame to show first. */
  get first() {
    if (this.keys.size) return Math.min(...this.keys);
    return this.told.in_space ? Math.floor(this.count / 2) : 0;
  }

  /** The place along the slices' normal in mm, null for a frame without one. */
  along(place) {
    const position = this.of(place, "position");
    const normal = this.normal(place);
    return position && normal ? dot(position, normal) : null;
  }

  normal(place) {
    const axes = this.of(place, "orientation");
    return axes ? cross(axes.slice(0, 3), axes.slice(3)) : null;
  }

  /** The ranges of a frame: object, then offset and length of each piece. */
  pieces(place) {
    const [object, ...rest] = this.frames[place];
    return { object, ranges: typeof rest[0] === "number" ? [rest] : rest };
  }
}

/** One exam of the document, with its series. */
export class Exam {
  constructor(told) {
    this.n = told.n;
    this.series = [];
    this.update(told);
  }

  /** Take a newer document of the same exam: its series are those of it alone, in its order.
   *
   * ``changed`` when anything came, went or moved; ``left`` the identifiers of frames that are no
   * more, ``gone`` the series that are no more or have no frames now. */
  update(told) {
    this.told = told;
    const before = this.series;
    const left = [];
    let changed = false;
    this.series = (told.series ?? []).map((one) => {
      const known = before.find((other) => other.uid === one.uid);
      if (!known) {
        changed = true;
        return new Series(this, one);
      }
      const ids = known.ids;
      left.push(...known.update(one));
      changed ||= !sameList(ids, known.ids);
      return known;
    });
    const removed = before.filter((one) => !this.series.includes(one));
    for (const one of removed) left.push(...one.update({ uid: one.uid }));
    const gone = before.filter((one) => !one.count);
    return { changed: changed || removed.length > 0, left, gone };
  }

  get first() {
    const named = this.series[this.told.first?.series];
    return (named?.drawable && named) || this.series.find((one) => one.drawable);
  }

  get images() {
    const counted = this.series.filter((one) => !one.told.as || one.told.as === "dicom");
    return counted.reduce((sum, one) => sum + (one.count || one.told.count || 0), 0);
  }
}

function sameList(one, other) {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

export function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export { CHUNK_GAP };
