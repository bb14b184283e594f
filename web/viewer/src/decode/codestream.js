// The facts that a code stream tells of itself, read before any decoder sees it. A stream that is
// cut, or that contradicts the object's attributes, is refused: a decoder may fill the rest with
// anything.

export class Broken extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DRI = 0xdd;
const JFIF = 0xe0;
const ADOBE = 0xee;

/** The stream without the zeros behind its end marker; Broken when it has no end. */
export function whole(bytes) {
  let end = bytes.length;
  while (end > 2 && bytes[end - 1] === 0) end -= 1;
  if (end < 4 || bytes[end - 2] !== 0xff || bytes[end - 1] !== EOI) throw new Broken("cut");
  return bytes.subarray(0, end);
}

/** Rows, columns, samples, bits, process (the SOF marker's code), the colour hints of a JPEG or JPEG-LS
 * stream, its restart interval, and the parameters of its first scan: all that stands before it. */
export function jpegFacts(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new Broken("not_jpeg");
  let at = 2;
  let frame = null;
  const hints = { adobe: null, jfif: false, restart: 0 };
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new Broken("marker");
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = word(bytes, at + 2);
    if (isFrame(marker)) frame = frameOf(bytes, at, marker);
    if (marker === SOS) return { ...required(frame), ...hints, ...scanOf(bytes, at) };
    if (marker === ADOBE && length >= 14) hints.adobe = bytes[at + 15];
    if (marker === JFIF && length >= 16) hints.jfif ||= ascii(bytes.subarray(at + 4, at + 8)) === "JFIF";
    if (marker === DRI) hints.restart = word(bytes, at + 4);
    at += 2 + length;
  }
  throw new Broken("no_scan");
}

const word = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const ascii = (bytes) => String.fromCharCode(...bytes);

function required(frame) {
  if (!frame) throw new Broken("no_frame");
  return frame;
}

/** The last bytes of a scan's header: the predictor of a lossless stream, or how far a JPEG-LS stream
 * may be from the values; the bits that were cut off the values. */
function scanOf(bytes, at) {
  const last = at + 5 + 2 * bytes[at + 4];
  return { selection: bytes[last], point: bytes[last + 2] & 15 };
}

function isFrame(marker) {
  const start = marker >= 0xc0 && marker <= 0xcf;
  return marker === 0xf7 || (start && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc);
}

function frameOf(bytes, at, marker) {
  const samples = bytes[at + 9];
  const ids = [];
  for (let one = 0; one < samples; one += 1) ids.push(bytes[at + 10 + 3 * one]);
  return {
    process: marker,
    bits: bytes[at + 4],
    rows: word(bytes, at + 5),
    columns: word(bytes, at + 7),
    samples,
    ids: ascii(ids),
  };
}

/** Rows, columns, samples, bits, sign and colour transform of a JPEG 2000 stream (SIZ, COD), and whether
 * its wavelets give other values back. */
export function j2kFacts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 50 || view.getUint32(0) !== 0xff4fff51) throw new Broken("not_j2k");
  const samples = view.getUint16(40);
  const precision = bytes[42];
  for (let one = 1; one < samples; one += 1) {
    if (bytes[42 + 3 * one] !== precision) throw new Broken("samples");
  }
  return {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    samples,
    bits: (precision & 0x7f) + 1,
    signed: precision >> 7,
    ...codingOf(bytes, view),
  };
}

function codingOf(bytes, view) {
  let at = 2;
  while (at + 4 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0x90) {
    if (bytes[at + 1] === 0x52) return { transform: bytes[at + 8], irreversible: bytes[at + 13] === 0 };
    at += 2 + view.getUint16(at + 2);
  }
  throw new Broken("no_coding_style");
}

/** Broken unless the stream has the shape that the object's attributes tell. */
export function agrees(facts, spec) {
  const same =
    facts.rows === spec.rows && facts.columns === spec.columns && facts.samples === spec.samples;
  if (!same) throw new Broken("shape");
  if (facts.bits > spec.allocated || (spec.signed && facts.bits < spec.bits)) {
    throw new Broken("bits");
  }
}
