import { useState } from "react";
import { del, put } from "../api/client";
import type { Device } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { now } from "../time/clock";
import { isoOf } from "../time/left";

interface Props {
  station: string;
  name: string;
  held: Device["maintenance"];
  onDone: () => void;
}

const USUAL_H = 4;

/** A window in which silence and odd readings of a station are somebody's work, not news. */
export function MaintenanceDialog({ station, name, held, onDone }: Props) {
  const t = useT();
  const [fromMs, setFrom] = useState<number | null>(held?.from ? Date.parse(held.from) : now());
  const [toMs, setTo] = useState<number | null>(held?.to ? Date.parse(held.to) : now() + USUAL_H * 3_600_000);
  const [reason, setReason] = useState(held?.reason ?? "");
  const { busy, problem, run, fail } = useAction(true);
  const path = `/stations/${encodeURIComponent(station)}/maintenance`;

  const submit = async () => {
    if (fromMs === null || toMs === null || fromMs >= toMs || reason.trim() === "") {
      fail(t("ui.maintenance.incomplete"));
      return;
    }
    const body = { from: isoOf(fromMs), to: isoOf(toMs), reason: reason.trim().normalize("NFC") };
    if (await run(() => put(path, body), t("ui.maintenance.saved"))) onDone();
  };

  return (
    <Dialog
      title={t("ui.maintenance.title", { station: name })}
      onClose={onDone}
      onSubmit={() => void submit()}
      footer={
        <>
          {held !== null && (
            <button
              type="button"
              className="button"
              disabled={busy}
              onClick={() =>
                void run(() => del(path), t("ui.maintenance.ended")).then((ok) => ok && onDone())
              }
            >
              {t("ui.maintenance.end")}
            </button>
          )}
          <span className="spacer" />
          <button type="button" className="button" onClick={onDone}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.maintenance.save")}
          </button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="maintenance-reason">{t("ui.maintenance.reason")}</label>
        <input
          id="maintenance-reason"
          type="text"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <p className="hint">{t("ui.maintenance.hint")}</p>
      </div>
      <MomentInput label={t("ui.maintenance.from")} valueMs={fromMs} onChange={setFrom} nowMs={now} />
      <MomentInput
        label={t("ui.maintenance.to")}
        valueMs={toMs}
        onChange={setTo}
        presetsH={[2, 8, 24]}
        nowMs={now}
      />
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
