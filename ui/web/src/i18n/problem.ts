import type { Problem } from "../api/types";
import type { Translator } from "./index";
import { presentParams } from "./params";

/** A refusal in the viewer's words: the catalogue's sentence for its code, else what the server wrote. */
export function problemText(t: Translator, problem: Problem): string {
  if (problem.code === "network" || problem.code === "timeout") return t("ui.error.network");
  return (
    t.maybe(problem.code, presentParams(t, problem.params)) ??
    problem.detail ??
    t("ui.refused.other", { code: problem.code })
  );
}
