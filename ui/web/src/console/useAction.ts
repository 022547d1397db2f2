import { useState } from "react";
import { ApiError } from "../api/client";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { toast } from "./Toasts";

interface Action {
  busy: boolean;
  /** Why the last try was refused, in words. */
  problem: string | null;
  /** Runs a change; true when it was done. A refusal is kept in `problem` and, unless quiet, said in a toast. */
  run: (work: () => Promise<unknown>, done?: string) => Promise<boolean>;
  fail: (text: string | null) => void;
}

export function useAction(quiet = false): Action {
  const t = useT();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (work: () => Promise<unknown>, done?: string) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      if (done !== undefined) toast("ok", done);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const text = problemText(t, error.problem);
      setProblem(text);
      if (!quiet) toast("bad", text);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run, fail: setProblem };
}
