// The document of the exams as values: exams, their series, the frames of each.

const CHUNK_GAP = 64 * 1024;

/** One series. Frames are in display order; a frame's name stays when more frames come. */
export class Series {
  constructor(exam, told) {
    this.exam = exam;
    this.uid = told.uid;
    this.broken = new Map();
    this.update(told);
  }

  update(told) {
    this.told = told;
    this.objects = told.objects ?? [];
    this.frames = told.frames ?? [];
    this.modality = told.modality ?? "";
    this.description = told.description ?? "";
    this.keys = new Set(told.keys ?? []);
    this.names = this.frames.map((one) => nameOf(one));
    this.ids = this.names.map((name) => `dbx:${this.exam.n}/${this.uid}/${name}`);
    this.places = new Map(this.ids.map((id, place) => [id, place]));
    this.kind = null;
  }

  /** Whether its frames can be drawn here. */
  get drawable() {
    return this.told.as !== "dicom" && this.frames.length > 0;
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

function nameOf([object, ...rest]) {
  return `${object}.${typeof rest[0] === "number" ? rest[0] : rest[0][0]}`;
}

/** One exam of the document, with its series. */
export class Exam {
  constructor(told) {
    this.n = told.n;
    this.series = [];
    this.update(told);
  }

  /** Take a newer document of the same exam; true when frames came. */
  update(told) {
    this.told = told;
    let more = false;
    for (const one of told.series ?? []) {
      const known = this.series.find((other) => other.uid === one.uid);
      if (!known) {
        this.series.push(new Series(this, one));
        more = true;
      } else {
        more ||= known.count !== (one.frames ?? []).length;
        known.update(one);
      }
    }
    return more;
  }

  get first() {
    const named = this.series[this.told.first?.series];
    return (named?.drawable && named) || this.series.find((one) => one.drawable);
  }

  get images() {
    return this.series.reduce((sum, one) => sum + (one.count || one.told.count || 0), 0);
  }
}

export function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export { CHUNK_GAP };
