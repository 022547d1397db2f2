import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { licences } from "./licences.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the development server finds the API: the mock by default, a running `eoc demo` by choice. */
const apiUrl = process.env.EOC_API_URL ?? "http://127.0.0.1:8099";

export default defineConfig({
  plugins: [react(), licences(here("."))],
  resolve: { alias: { "@messages": here("../../eoc/messages") } },
  build: {
    outDir: here("../static/app"),
    emptyOutDir: true,
    sourcemap: false,
    // Inlined files would need `font-src data:` in the content security policy.
    assetsInlineLimit: 0,
    // MapLibre alone is above the default; it is a chunk of its own, loaded with the map.
    chunkSizeWarningLimit: 1200,
  },
  worker: { format: "es" },
  server: {
    fs: { allow: [here("."), here("../../eoc/messages")] },
    proxy: { "/api": { target: apiUrl, ws: true, changeOrigin: false } },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
