import { useState } from "react";
import { post } from "../api/client";
import type { Release } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";

/** The dam will not release after all, or the notice was wrong. The communes that were told have to hear it. */
export function CancelReleaseDialog({ release, onDone }: { release: Release; onDone: () => void }) {
  const t = useT();
  const [reason, setReason] = useState("");
  const { busy, problem, run, fail } = useAction(true);
  const submit = async () => {
    if (reason.trim() === "") {
      fail(t("ui.release.cancel_why"));
      return;
    }
    const body = { expected_version: release.version, reason: reason.trim().normalize("NFC") };
    if (
      await run(
        () => post(`/releases/${encodeURIComponent(release.id)}/cancel`, body),
        t("ui.release.cancelled"),
      )
    )
      onDone();
  };
  return (
    <Dialog
      title={t("ui.release.cancel_title")}
      onClose={onDone}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={onDone}>
            {t("ui.release.keep")}
          </button>
          <button type="submit" className="button danger" disabled={busy}>
            {t("ui.release.cancel_confirm")}
          </button>
        </>
      }
    >
      <p className="notice caution">{t("ui.release.cancel_hint")}</p>
      <div className="field">
        <label htmlFor="cancel-reason">{t("ui.release.cancel_reason")}</label>
        <textarea
          id="cancel-reason"
          rows={3}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
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
