// Frames to code streams, by the encoders that the viewer never loads: JPEG 2000, HTJ2K, JPEG-LS.
//
// node viewer_encode.mjs KIND ROWS COLUMNS SAMPLES BITS SIGNED LOSSLESS < samples > stream
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/viewer/package.json", import.meta.url));
const [kind, rows, columns, samples, bits, signed, lossless] = process.argv
  .slice(2)
  .map((one, at) => (at ? Number(one) : one));

const CODECS = {
  j2k: ["@cornerstonejs/codec-openjpeg/wasmjs", "J2KEncoder"],
  htj2k: ["@cornerstonejs/codec-openjph/wasmjs", "HTJ2KEncoder"],
  jpegls: ["@cornerstonejs/codec-charls/wasmjs", "JpegLSEncoder"],
};

const [module, name] = CODECS[kind];
const codec = await require(module)({ print: () => {}, printErr: () => {} });
const encoder = new codec[name]();
const info = {
  width: columns,
  height: rows,
  bitsPerSample: bits,
  componentCount: samples,
  isSigned: Boolean(signed),
  isUsingColorTransform: samples === 3,
};
const input = readFileSync(0);
encoder.getDecodedBuffer(info).set(input);
if (kind === "jpegls") {
  encoder.setNearLossless(lossless ? 0 : 2);
  if (samples === 3) encoder.setInterleaveMode?.(2);
} else {
  encoder.setQuality(Boolean(lossless), lossless ? 0 : 0.001);
  if (kind === "j2k" && !lossless) encoder.setCompressionRatio?.(0, 8);
}
encoder.encode();
writeFileSync(1, encoder.getEncodedBuffer());
