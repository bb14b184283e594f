// The worker that makes pixels of frames. It asks this host for its codecs and nobody for anything
// else.
import { Broken } from "./codestream.js";
import * as codecs from "./codecs.js";
import { colours, paddingOf, paired, rescaled, stored } from "./pixels.js";
import { rle } from "./rle.js";

const JPEG = "1.2.840.10008.1.2.4.";
const DECODERS = {
  "1.2.840.10008.1.2.1": native,
  "1.2.840.10008.1.2.5": rle,
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

function native(bytes, spec) {
  if (spec.photometric === "YBR_FULL_422") return paired(bytes, spec);
  const count = spec.rows * spec.columns * spec.samples;
  if (bytes.length !== (count * spec.allocated) / 8) throw new Broken("size");
  const samples = spec.allocated === 8 ? bytes : new Uint16Array(bytes.slice().buffer);
  return spec.samples > 1 && spec.planar ? codecs.interleaved(samples, spec.samples) : samples;
}

async function hashed(values) {
  const digest = await crypto.subtle.digest("SHA-256", values);
  return Array.from(new Uint8Array(digest), (one) => one.toString(16).padStart(2, "0")).join("");
}

async function frame(bytes, spec) {
  const decoder = DECODERS[spec.syntax];
  if (!decoder) throw new Broken("syntax");
  const samples = await decoder(bytes, spec);
  const values = stored(samples, spec);
  if (values.length !== spec.rows * spec.columns * spec.samples) throw new Broken("size");
  const facts = {
    hash: spec.hash ? await hashed(values) : null,
    lossy: codecs.LOSES[spec.syntax]?.(bytes) ?? false,
  };
  if (!spec.colour) return { ...rescaled(values, spec, paddingOf(samples, values, spec)), ...facts };
  const pixels = colours(values, { ...spec, decoded: TO_RGB.has(spec.syntax) });
  return { pixels, min: 0, max: 255, ...facts };
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
