// The build: hashed file names below /assets/, nothing inlined, so that the page's policy needs
// neither inline code nor data addresses for code.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const nothing = fileURLToPath(new URL("src/nothing.js", import.meta.url));

// Lines of other people's modules that are changed: the build fails when one is not there any more.
const CHANGES = [
  {
    // A style attribute would need 'unsafe-inline' in the page's policy; the same words through CSSOM
    // need nothing.
    module: "/drawingSvg/drawTextBox.js",
    old: "textElement.setAttribute('style', combinedStyle);",
    fresh: "textElement.style.cssText = combinedStyle;",
  },
  {
    // An image that is replaced before it was drawn has no texture. The error would leave Cornerstone
    // waiting for the end of that frame: nothing would be drawn any more.
    module: "/Rendering/OpenGL/ImageMapper.js",
    old: "model.openGLTexture.releaseGraphicsResources(renderWindow);",
    fresh: "model.openGLTexture?.releaseGraphicsResources(renderWindow);",
  },
];

function changed() {
  const met = new Set();
  return {
    name: "changed-lines",
    transform(code, id) {
      const wanted = CHANGES.filter(({ module }) => id.endsWith(module));
      if (!wanted.length) return null;
      for (const { module, old } of wanted) {
        if (!code.includes(old)) throw new Error(`${module} has another text now: ${old}`);
        met.add(module);
      }
      return { code: wanted.reduce((text, { old, fresh }) => text.replace(old, fresh), code), map: null };
    },
    buildEnd(error) {
      const missed = CHANGES.find(({ module }) => !met.has(module));
      if (!error && missed) throw new Error(`no module ${missed.module} is built`);
    },
  };
}

export default defineConfig({
  plugins: [changed()],
  base: "/assets/",
  resolve: { alias: { fs: nothing, path: nothing, url: nothing } },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 9000,
    sourcemap: false,
    rolldownOptions: {
      input: { viewer: "src/main.js" },
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: {
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
