// The worker that makes pixels of frames. It asks this host for its codecs and nobody for anything
// else.
import { Broken } from "./codestream.js";
import * as codecs from "./codecs.js";
import { colours, paired, rescaled, stored } from "./pixels.js";
import { rle } from "./rle.js";

const JPEG = "1.2.840.10008.1.2.4.";
const DECODERS = {
  "1.2.840.10008.1.2.1": native,
  "1.2.840.10008.1.2.5": (bytes, spec, take) => take(rle(bytes, spec)),
  [`${JPEG}50`]: codecs.jpeg8,
  [`${JPEG}51`]: codecs.jpeg12,
  [`${JPEG}57`]: codecs.jpegLossless,
  [`${JPEG}70`]: codecs.jpegLossless,
  [`${JPEG}80`]: codecs.jpegLs,
  [`${JPEG}81`]: codecs.jpegLs,
  [`${JPEG}90`]: codecs.jpeg2000,
  [`${JPEG}91`]: codecs.jpeg2000,
  [`${JPEG}201`]: codecs.htj2k,
  [`${JPEG}202`]: codecs.htj2k,
  [`${JPEG}203`]: codecs.htj2k,
};
// Decoders that give RGB whatever their streams hold.
const TO_RGB = new Set([`${JPEG}50`]);

function native(bytes, spec, take) {
  if (spec.photometric === "YBR_FULL_422") return take(paired(bytes, spec));
  const count = spec.rows * spec.columns * spec.samples;
  if (bytes.length !== (count * spec.allocated) / 8) throw new Broken("size");
  const samples = spec.allocated === 8 ? bytes : words(bytes);
  return take(spec.samples > 1 && spec.planar ? codecs.interleaved(samples, spec.samples) : samples);
}

/** Two bytes a sample; such an array begins at an even place. */
function words(bytes) {
  const even = bytes.byteOffset % 2 ? bytes.slice() : bytes;
  return new Uint16Array(even.buffer, even.byteOffset, even.length / 2);
}

async function hashed(values) {
  const digest = await crypto.subtle.digest("SHA-256", values);
  return Array.from(new Uint8Array(digest), (one) => one.toString(16).padStart(2, "0")).join("");
}

async function frame(bytes, spec) {
  const decoder = DECODERS[spec.syntax];
  if (!decoder) throw new Broken("syntax");
  const { values, ...found } = await decoder(bytes, spec, (samples) => drawn(samples, spec));
  const hash = spec.hash ? await hashed(values) : null;
  return { ...found, hash, lossy: codecs.LOSES[spec.syntax]?.(bytes) ?? false };
}

/** The pixels of these samples, and their stored ``values`` where somebody needs them. */
function drawn(samples, spec) {
  if (samples.length !== spec.rows * spec.columns * spec.samples) throw new Broken("size");
  const values = spec.colour || spec.hash ? stored(samples, spec) : null;
  if (!spec.colour) return { ...rescaled(samples, spec), values };
  const pixels = colours(values, { ...spec, decoded: TO_RGB.has(spec.syntax) });
  return { pixels, min: 0, max: 255, values };
}

self.onmessage = async ({ data }) => {
  if (data.warm) {
    await codecs.warm().catch(() => {});
    self.postMessage({ id: data.id });
    return;
  }
  try {
    const found = await frame(data.bytes, data.spec);
    self.postMessage({ id: data.id, ...found }, [found.pixels.buffer]);
  } catch (error) {
    self.postMessage({ id: data.id, error: error instanceof Broken ? error.code : "decoder" });
  }
};
