// The build: hashed file names below /assets/, nothing inlined, so that the page's policy needs
// neither inline code nor data addresses for code.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const nothing = fileURLToPath(new URL("src/nothing.js", import.meta.url));

export default defineConfig({
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
