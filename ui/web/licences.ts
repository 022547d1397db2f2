import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

interface Lock {
  packages: Record<string, { dev?: boolean; version?: string; license?: string }>;
}

/** The licence texts of everything that ends up in the pages, as one file beside them; most licences ask for it. */
export function licences(root: string): Plugin {
  return {
    name: "eoc-licences",
    apply: "build",
    generateBundle() {
      const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
      const shipped = Object.entries(lock.packages).filter(
        ([path, entry]) => path.startsWith("node_modules/") && entry.dev !== true,
      );
      const texts = shipped.map(([path, entry]) => {
        const name = path.replace(/^.*node_modules\//, "");
        const folder = join(root, path);
        const file = existsSync(folder)
          ? readdirSync(folder).find((f) => /^(licen[cs]e|copying)/i.test(f))
          : undefined;
        const text =
          file === undefined
            ? `Licence: ${entry.license ?? "see the package"}`
            : readFileSync(join(folder, file), "utf8");
        return `${name} ${entry.version ?? ""}\n${"=".repeat(72)}\n${text.trim()}\n`;
      });
      this.emitFile({ type: "asset", fileName: "assets/licences.txt", source: texts.join("\n\n") });
    },
  };
}
