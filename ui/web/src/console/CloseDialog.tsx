import { useState } from "react";
import type { Outcome } from "../api/types";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";
import { closeIncident } from "../state/incidents";
import { refusalText } from "./refusal";

const OUTCOMES: Outcome[] = ["resolved", "false_alarm", "duplicate", "exercise", "cancelled", "transferred"];

export function CloseDialog({ id, onDone }: { id: string; onDone: () => void }) {
  const t = useT();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async () => {
    // A case that simply ended explains itself; every other end needs somebody's words.
    if (outcome === null || (outcome !== "resolved" && reason.trim() === "")) {
      setProblem(t(outcome === null ? "ui.close.missing_outcome" : "ui.close.missing_reason"));
      return;
    }
    setBusy(true);
    const refused = await closeIncident(id, outcome, reason.trim().normalize("NFC"));
    setBusy(false);
    if (refused === null) onDone();
    else setProblem(refusalText(t, refused));
  };

  return (
    <Dialog
      title={t("ui.close.title")}
      onClose={onDone}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={onDone}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.close.confirm")}
          </button>
        </>
      }
    >
      <fieldset className="choices">
        <legend className="field-label">{t("ui.close.outcome")}</legend>
        {OUTCOMES.map((value) => (
          <label className="check" key={value}>
            <input
              type="radio"
              name="outcome"
              checked={outcome === value}
              onChange={() => setOutcome(value)}
            />
            {t(`outcome.${value}`)}
          </label>
        ))}
      </fieldset>
      <div className="field">
        <label htmlFor="close-reason">{t("ui.close.reason")}</label>
        <textarea
          id="close-reason"
          rows={3}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          aria-invalid={problem !== null}
        />
      </div>
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
