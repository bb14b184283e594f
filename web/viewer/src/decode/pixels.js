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
  if (spec.photometric === "YBR_FULL" && !spec.decoded) return rgbOf(samples);
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

/** A table of DICOM as a function: values before its first entry have that one, and so behind the
 * last (PS3.3 C.11.1.1.1). */
function mapped16({ first, table }) {
  const bytes = Uint8Array.from(atob(table), (one) => one.charCodeAt(0));
  const entries = new Uint16Array(bytes.buffer);
  const last = entries.length - 1;
  // A rescaling by half values leads between two entries: the nearer one is meant.
  return (value) => entries[Math.min(Math.max(Math.round(value - first), 0), last)];
}

const KINDS = { Uint8Array, Int16Array, Uint16Array, Float32Array };

/** The values that are drawn, in the kind of array that the whole series has. */
export function rescaled(values, spec) {
  const out = new KINDS[spec.kind](values.length);
  let min = Infinity;
  let max = -Infinity;
  const { slope, intercept } = spec;
  const maps = (spec.tables ?? []).map(mapped16);
  for (let one = 0; one < values.length; one += 1) {
    let value = values[one] * slope + intercept;
    for (const map of maps) value = map(value);
    out[one] = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) throw new Broken("values");
  return { pixels: out, min, max };
}
