import { useState } from "react";
import type { Warning } from "../api/types";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { decide } from "../state/warnings";

/** Ends a warning: what has not left stays here. Asks once, and says what it does not do. */
export function CancelButton({ warning }: { warning: Warning }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const going = warning.state === "approved" || warning.state === "sending";

  const cancel = async () => {
    setBusy(true);
    const refused = await decide(warning, "cancel");
    setBusy(false);
    if (refused === null) setAsking(false);
    else setProblem(problemText(t, refused));
  };

  return (
    <>
      <button type="button" className="button quiet" onClick={() => setAsking(true)}>
        {t("ui.warning.cancel")}
      </button>
      {asking && (
        <Dialog
          title={t("ui.warning.cancel")}
          onClose={() => setAsking(false)}
          onSubmit={() => void cancel()}
          footer={
            <>
              <button type="button" className="button" onClick={() => setAsking(false)}>
                {t("ui.cancel")}
              </button>
              <button type="submit" className="button danger" disabled={busy}>
                {t("ui.warning.cancel_confirm")}
              </button>
            </>
          }
        >
          <p>{t(going ? "ui.warning.cancel_going" : "ui.warning.cancel_before")}</p>
          {problem !== null && (
            <p className="notice bad" role="alert">
              {problem}
            </p>
          )}
        </Dialog>
      )}
    </>
  );
}
