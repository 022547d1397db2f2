import { post } from "../api/client";
import type { Release } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";

/** The dam will not release after all, or the notice was wrong. The communes that were told have to hear it. */
export function CancelReleaseDialog({ release, onDone }: { release: Release; onDone: () => void }) {
  const t = useT();
  const { busy, problem, run } = useAction(true);
  const submit = async () => {
    const path = `/releases/${encodeURIComponent(release.id)}/cancel`;
    if (await run(() => post(path, { expected_version: release.version }), t("ui.release.cancelled")))
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
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
