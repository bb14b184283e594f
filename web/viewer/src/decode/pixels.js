// From the samples of a stream to the values that are drawn: signs, colours, and the rescaling to
// the modality's values.
import { bytesOf } from "../base64.js";
import { Broken } from "./codestream.js";

/** The stored values: the lowest bits of each sample, with their sign. */
export function stored(samples, spec) {
  const shift = 32 - spec.bits;
  if (spec.signed) {
    const out = spec.allocated === 8 ? new Int8Array(samples.length) : new Int16Array(samples.length);
    for (let one = 0; one < out.length; one += 1) out[one] = (samples[one] << shift) >> shift;
    return out;
  }
  const out = spec.allocated === 8 ? new Uint8Array(samples.length) : new Uint16Array(samples.length);
  const mask = 2 ** spec.bits - 1;
  for (let one = 0; one < out.length; one += 1) out[one] = samples[one] & mask;
  return out;
}

/** RGB of a colour image, interleaved. */
export function colours(samples, spec) {
  if (spec.photometric === "PALETTE COLOR") return mapped(samples, spec.palette);
  if (/^YBR_FULL/.test(spec.photometric) && !spec.decoded) return rgbOf(samples);
  return samples instanceof Uint8Array ? samples : Uint8Array.from(samples);
}

function mapped(samples, palette) {
  const tables = ["red", "green", "blue"].map((name) => table(palette[name], palette.bits));
  const out = new Uint8Array(samples.length * 3);
  const last = tables[0].length - 1;
  for (let pixel = 0; pixel < samples.length; pixel += 1) {
    const place = Math.min(Math.max(samples[pixel] - palette.first, 0), last);
    for (let colour = 0; colour < 3; colour += 1) out[pixel * 3 + colour] = tables[colour][place];
  }
  return out;
}

function table(text, bits) {
  const bytes = bytesOf(text);
  // Of an entry of 16 bits the upper byte is the colour.
  return bits === 8 ? bytes : bytes.filter((_, at) => at % 2 === 1);
}

/** PS3.3 C.7.6.3.1.2. */
function rgbOf(samples) {
  const out = new Uint8ClampedArray(samples.length);
  for (let at = 0; at < samples.length; at += 3) {
    const y = samples[at];
    const cb = samples[at + 1] - 128;
    const cr = samples[at + 2] - 128;
    out[at] = y + 1.402 * cr;
    out[at + 1] = y - 0.344136 * cb - 0.714136 * cr;
    out[at + 2] = y + 1.772 * cb;
  }
  return new Uint8Array(out.buffer);
}

/** Two pixels of one colour as they are stored: both lightnesses, then the two of the colour
 * (PS3.3 C.7.6.3.1.2); a sample for each pixel. */
export function paired(bytes, { rows, columns }) {
  const count = rows * columns;
  if (bytes.length !== 2 * count) throw new Broken("size");
  const out = new Uint8Array(3 * count);
  for (let pixel = 0; pixel < count; pixel += 1) {
    const pair = 4 * (pixel >> 1);
    out.set([bytes[pair + (pixel & 1)], bytes[pair + 2], bytes[pair + 3]], 3 * pixel);
  }
  return out;
}

/** The stored values that are no image, null for none. ``pattern``: the bits of a sample that is none,
 * where its value is lost among those of the image, null elsewhere. */
function paddingOf({ padding, bits, allocated, signed }) {
  if (!padding) return null;
  const [low, high] = padding.map((one) => valueOf(one, allocated, signed)).sort((a, b) => a - b);
  const ends = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  // Some programs pad with a value that has more bits than the image: its lowest bits alone may be any
  // value of the image.
  const outside = low === high && (low < ends[0] || low > ends[1]);
  return { low, high, pattern: outside ? low & (2 ** allocated - 1) : null };
}

/** A number under the wrong one of two VRs as the image's own sign has it. */
function valueOf(number, allocated, signed) {
  const all = 2 ** allocated;
  if (signed) return number >= all / 2 ? number - all : number;
  return number < 0 ? number + all : number;
}

/** A table of DICOM as a function: values before its first entry have that one, and so behind the
 * last (PS3.3 C.11.1.1.1). */
function mapped16({ first, table }) {
  const entries = new Uint16Array(bytesOf(table).buffer);
  const last = entries.length - 1;
  return (value) => entries[Math.min(Math.max(value - first, 0), last)];
}

const KINDS = { Uint8Array, Int16Array, Uint16Array, Float32Array };

/** The value that is drawn for each stored value, by its bits, and whether it is padding. */
function levelsOf(spec) {
  const values = new KINDS[spec.kind](2 ** spec.bits);
  const padded = new Uint8Array(values.length);
  const shift = 32 - spec.bits;
  const map = spec.table && mapped16(spec.table);
  const padding = paddingOf(spec);
  const pattern = padding?.pattern ?? null;
  for (let bits = 0; bits < values.length; bits += 1) {
    const value = spec.signed ? (bits << shift) >> shift : bits;
    values[bits] = map ? map(value) : value * spec.slope + spec.intercept;
    padded[bits] = padding && pattern == null && value >= padding.low && value <= padding.high;
  }
  return { values, padded, pattern };
}

// Those of the frame before: most frames of a series have the same.
const kept = { name: "", levels: null };

function keptLevels(spec) {
  const { kind, bits, allocated, signed, slope, intercept, table, padding } = spec;
  const name = JSON.stringify([kind, bits, allocated, signed, slope, intercept, table, padding]);
  if (kept.name !== name) Object.assign(kept, { name, levels: levelsOf(spec) });
  return kept.levels;
}

/** The values that are drawn, in the kind of array that the whole series has, and their ends without
 * those of the padding. ``samples`` are as they were stored, with bits that belong to no value. */
export function rescaled(samples, spec) {
  const { values, padded, pattern } = keptLevels(spec);
  const out = new KINDS[spec.kind](samples.length);
  const all = 2 ** spec.allocated - 1;
  const mask = values.length - 1;
  let min = Infinity;
  let max = -Infinity;
  for (let one = 0; one < out.length; one += 1) {
    const bits = samples[one] & mask;
    const value = values[bits];
    out[one] = value;
    if (padded[bits] || (pattern != null && (samples[one] & all) === pattern)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) [min, max] = [out[0], out[0]];
  if (!Number.isFinite(min) || !Number.isFinite(max)) throw new Broken("values");
  if (pattern != null) darken(out, spec.photometric === "MONOCHROME1" ? max : min, samples, { all, pattern });
  return { pixels: out, min, max };
}

/** Padding whose value got lost is as dark as the image is. */
function darken(out, value, samples, { all, pattern }) {
  for (let one = 0; one < out.length; one += 1) if ((samples[one] & all) === pattern) out[one] = value;
}
