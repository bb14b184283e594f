// After the build: each file compressed once and for all, and the list of them.
//
// built/<name>.br, built/<name>.gz, and built/manifest.json: for each name its type, its SHA-256 and
// the bytes of each form; and the names of the script and of the sheet that a page loads.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TYPES = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};
// Everything that a first visit with an image loads before the first image.
const FIRST = /^(viewer-.*\.(js|css)|worker-.*\.js|charls.*|openjph.*)$/;

const from = new URL("dist/", import.meta.url);
const to = new URL("built/", import.meta.url);
rmSync(to, { recursive: true, force: true });
mkdirSync(to);

const files = {};
for (const name of readdirSync(from).sort()) {
  const type = TYPES[name.slice(name.lastIndexOf("."))];
  if (!type) throw new Error(`a file of an unknown kind: ${name}`);
  const plain = readFileSync(new URL(name, from));
  const br = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const gzip = gzipSync(plain, { level: 9 });
  writeFileSync(new URL(`${name}.br`, to), br);
  writeFileSync(new URL(`${name}.gz`, to), gzip);
  const sha256 = createHash("sha256").update(plain).digest("hex");
  files[name] = { type, sha256, bytes: plain.length, br: br.length, gzip: gzip.length };
}

const names = Object.keys(files);
const entry = (pattern) => names.find((name) => pattern.test(name));
const manifest = {
  script: entry(/^viewer-.*\.js$/),
  sheet: entry(/^viewer-.*\.css$/),
  first_load: names.filter((name) => FIRST.test(name)).reduce((sum, name) => sum + files[name].br, 0),
  files,
};
writeFileSync(new URL("manifest.json", to), `${JSON.stringify(manifest, null, 1)}\n`);
console.log(`${names.length} files, first load ${manifest.first_load} bytes (brotli)`);
