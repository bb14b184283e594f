// The decoders of compressed frames, each loaded at its first use. Every one gives the samples of
// one frame, interleaved, as the stream has them, to ``take``, and gives back its result; a decoder's
// failure is Broken. The samples may lie in the codec's memory: they are gone when ``take`` returns.
import charlsWasm from "@cornerstonejs/codec-charls/decodewasm?url";
import turboWasm from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url";
import openjpegWasm from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import openjphWasm from "@cornerstonejs/codec-openjph/wasm?url";
import { Broken, agrees, j2kFacts, jpegFacts, whole } from "./codestream.js";

const JPEG = "1.2.840.10008.1.2.4.";
const loaded = new Map();

function once(name, load) {
  if (!loaded.has(name)) loaded.set(name, load());
  return loaded.get(name);
}

async function module(load, address) {
  const factory = (await load()).default;
  return factory({ locateFile: () => address, print: () => {}, printErr: () => {} });
}

const charls = () =>
  once("charls", () => module(() => import("@cornerstonejs/codec-charls/decodewasmjs"), charlsWasm));
const turbo = () =>
  once("turbo", () =>
    module(() => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs"), turboWasm),
  );
const openjpeg = () =>
  once("openjpeg", () =>
    module(() => import("@cornerstonejs/codec-openjpeg/decodewasmjs"), openjpegWasm),
  );
const openjph = () =>
  once("openjph", () => module(() => import("@cornerstonejs/codec-openjph/wasmjs"), openjphWasm));

/** Load the codecs of the lossless syntaxes that most images have. */
export const warm = () => Promise.all([charls(), openjph()]);

/** Decode with a decoder of this frame's own: a shared one that fails keeps the frame before. */
function decoded(Decoder, bytes, use) {
  const decoder = new Decoder();
  try {
    return use(run(decoder, bytes));
  } finally {
    decoder.delete();
  }
}

function run(decoder, bytes) {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    return { info: { ...decoder.getFrameInfo() }, data: decoder.getDecodedBuffer(), decoder };
  } catch {
    throw new Broken("codec");
  }
}

function words(found, spec) {
  const { info, data } = found;
  agrees(
    {
      rows: info.height,
      columns: info.width,
      samples: info.componentCount,
      bits: info.bitsPerSample,
    },
    spec,
  );
  const wide = info.bitsPerSample > 8;
  const count = spec.rows * spec.columns * spec.samples;
  if (data.byteLength !== count * (wide ? 2 : 1)) throw new Broken("size");
  return wide ? new Uint16Array(data.buffer, data.byteOffset, count) : data;
}

export async function jpegLs(bytes, spec, take) {
  const stream = whole(bytes);
  const facts = jpegFacts(stream);
  agrees(facts, spec);
  if (facts.process !== 0xf7) throw new Broken("process");
  if (facts.point) throw new Broken("point");
  const { JpegLSDecoder } = await charls();
  return decoded(JpegLSDecoder, stream, (found) => {
    const samples = words(found, spec);
    const planes = spec.samples > 1 && found.decoder.getInterleaveMode() === 0;
    return take(planes ? interleaved(samples, spec.samples) : samples);
  });
}

export async function jpeg2000(bytes, spec, take) {
  const stream = j2kStream(bytes, spec);
  const { J2KDecoder } = await openjpeg();
  return decoded(J2KDecoder, stream, (found) => take(words(found, spec)));
}

export async function htj2k(bytes, spec, take) {
  const stream = j2kStream(bytes, spec);
  const { HTJ2KDecoder } = await openjph();
  return decoded(HTJ2KDecoder, stream, (found) => take(words(found, spec)));
}

function j2kStream(bytes, spec) {
  const stream = whole(bytes);
  const facts = j2kFacts(stream);
  agrees(facts, spec);
  requireColours(facts, spec);
  return stream;
}

/** The stream's own transform makes RGB; a colour image that claims one and has none is not RGB. */
function requireColours(facts, spec) {
  if (facts.signed && !spec.signed) throw new Broken("sign");
  const claimed = spec.photometric === "YBR_RCT" || spec.photometric === "YBR_ICT";
  if (claimed && !facts.transform) throw new Broken("colours");
}

export async function jpeg8(bytes, spec, take) {
  const stream = whole(bytes);
  const facts = jpegFacts(stream);
  agrees(facts, spec);
  if (facts.process > 0xc1 || facts.bits !== 8) throw new Broken("process");
  if (spec.samples === 3 && isRgb(facts) !== (spec.photometric === "RGB")) {
    throw new Broken("colours");
  }
  const { JPEGDecoder } = await turbo();
  return decoded(JPEGDecoder, stream, (found) => take(words(found, spec)));
}

/** Whether a JPEG stream holds RGB, by the rules that its decoder follows. */
function isRgb({ jfif, adobe, ids }) {
  if (jfif) return false;
  return adobe === null ? ids === "RGB" : adobe === 0;
}

export async function jpeg12(bytes, spec, take) {
  const stream = whole(bytes);
  const facts = jpegFacts(stream);
  agrees(facts, spec);
  if (facts.process > 0xc1) throw new Broken("process");
  if (facts.bits === 8) return jpeg8(bytes, spec, take);
  const { default: Jpeg } = await once(
    "jpeg12",
    () => import("../../node_modules/@cornerstonejs/dicom-image-loader/dist/esm/codecs/jpeg.js"),
  );
  return take(jpegSamples(new Jpeg(), stream, spec));
}

function jpegSamples(image, stream, spec) {
  try {
    image.parse(stream);
    image.colorTransform = false;
    return new Uint16Array(image.getData16(spec.columns, spec.rows));
  } catch {
    throw new Broken("codec");
  }
}

export async function jpegLossless(bytes, spec, take) {
  const stream = whole(bytes);
  const facts = jpegFacts(stream);
  agrees(facts, spec);
  if (facts.process !== 0xc3) throw new Broken("process");
  // The decoder gives cut values back as they are, and predicts wrongly behind a restart unless from the
  // left alone.
  if (facts.point) throw new Broken("point");
  if (facts.restart && (facts.selection !== 1 || facts.samples > 1)) throw new Broken("restart");
  const { Decoder } = await once(
    "lossless",
    () => import("@cornerstonejs/jpeg-lossless-decoder-js"),
  );
  const width = facts.bits > 8 ? 2 : 1;
  let found;
  try {
    found = new Decoder().decode(stream.buffer, stream.byteOffset, stream.length, width);
  } catch {
    throw new Broken("codec");
  }
  const count = spec.rows * spec.columns * spec.samples;
  if (found.byteLength !== count * width) throw new Broken("size");
  const Samples = width === 1 ? Uint8Array : Uint16Array;
  return take(new Samples(found.buffer, found.byteOffset, count));
}

/** Whether a stream says that its values are not those of the image: a syntax may forbid it, and a
 * program have done so all the same. */
export const LOSES = {
  [`${JPEG}80`]: (bytes) => jpegFacts(bytes).selection > 0,
  [`${JPEG}90`]: (bytes) => j2kFacts(bytes).irreversible,
  [`${JPEG}91`]: (bytes) => j2kFacts(bytes).irreversible,
  [`${JPEG}201`]: (bytes) => j2kFacts(bytes).irreversible,
  [`${JPEG}202`]: (bytes) => j2kFacts(bytes).irreversible,
  [`${JPEG}203`]: (bytes) => j2kFacts(bytes).irreversible,
};

function interleaved(planes, samples) {
  const size = planes.length / samples;
  const out = new planes.constructor(planes.length);
  for (let sample = 0; sample < samples; sample += 1) {
    for (let pixel = 0; pixel < size; pixel += 1) {
      out[pixel * samples + sample] = planes[sample * size + pixel];
    }
  }
  return out;
}

export { interleaved };
