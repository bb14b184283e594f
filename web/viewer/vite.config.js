// The build: hashed file names below /assets/, nothing inlined, so that the page's policy needs
// neither inline code nor data addresses for code.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const nothing = fileURLToPath(new URL("src/nothing.js", import.meta.url));

// A style attribute would need 'unsafe-inline' in the page's policy; the same words through CSSOM
// need nothing.
const OLD = "textElement.setAttribute('style', combinedStyle);";
const NEW = "textElement.style.cssText = combinedStyle;";
const styles = {
  name: "styles-through-cssom",
  transform(code, id) {
    if (!id.endsWith("/drawingSvg/drawTextBox.js")) return null;
    if (!code.includes(OLD)) throw new Error("Cornerstone draws its texts in another way now");
    return { code: code.replace(OLD, NEW), map: null };
  },
};

export default defineConfig({
  plugins: [styles],
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
