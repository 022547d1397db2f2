import { useState } from "react";
import { post } from "../api/client";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { numberOf } from "../reservoirs/notice";
import { useStore } from "../state/store";
import { communes } from "../state/world";
import { now } from "../time/clock";
import { isoOf } from "../time/left";
import { AreaPicker } from "../warnings/AreaPicker";

interface Props {
  /** Communes to choose from where the outlines of the province are not loaded. */
  choices: readonly { area: string; name: string }[];
  onDone: (done: boolean) => void;
}

export function BurningDialog({ choices, onDone }: Props) {
  const t = useT();
  const outlines = useStore(communes, (list) => list !== null);
  const [areas, setAreas] = useState<string[]>([]);
  const [owner, setOwner] = useState("");
  const [phone, setPhone] = useState("");
  const [purpose, setPurpose] = useState("");
  const [size, setSize] = useState("");
  const [fromMs, setFrom] = useState<number | null>(now());
  const [toMs, setTo] = useState<number | null>(now() + 4 * 3_600_000);
  const { busy, problem, run, fail } = useAction(true);
  const submit = async () => {
    const area = areas[0];
    if (area === undefined || owner.trim() === "" || fromMs === null || toMs === null || toMs <= fromMs) {
      fail(t("ui.burning.incomplete"));
      return;
    }
    const body = {
      area,
      person: owner.trim().normalize("NFC"),
      phone: phone.trim() === "" ? null : phone.trim(),
      place: purpose.trim().normalize("NFC"),
      size_ha: numberOf(size),
      from: isoOf(fromMs),
      until: isoOf(toMs),
    };
    if (await run(() => post("/fire/burnings", body), t("ui.burning.added"))) onDone(true);
  };
  return (
    <Dialog
      title={t("ui.burning.add")}
      onClose={() => onDone(false)}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={() => onDone(false)}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.burning.save")}
          </button>
        </>
      }
    >
      {outlines ? (
        <AreaPicker codes={areas} onChange={(codes) => setAreas(codes.slice(-1))} />
      ) : (
        <div className="field">
          <label htmlFor="burning-area">{t("ui.area")}</label>
          <select
            id="burning-area"
            value={areas[0] ?? ""}
            onChange={(event) => setAreas(event.target.value === "" ? [] : [event.target.value])}
          >
            <option value="">{t("ui.notice.choose")}</option>
            {[...choices]
              .sort((a, b) => a.name.localeCompare(b.name, "vi"))
              .map((each) => (
                <option key={each.area} value={each.area}>
                  {each.name}
                </option>
              ))}
          </select>
        </div>
      )}
      <div className="field">
        <label htmlFor="burning-owner">{t("ui.burning.owner")}</label>
        <input
          id="burning-owner"
          type="text"
          value={owner}
          onChange={(event) => setOwner(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="burning-phone">{t("ui.burning.phone")}</label>
        <input
          id="burning-phone"
          type="text"
          inputMode="tel"
          autoComplete="off"
          value={phone}
          onChange={(event) => setPhone(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="burning-size">{t("ui.burning.size")}</label>
        <input
          id="burning-size"
          type="text"
          inputMode="decimal"
          value={size}
          onChange={(event) => setSize(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="burning-purpose">{t("ui.burning.purpose")}</label>
        <input
          id="burning-purpose"
          type="text"
          value={purpose}
          onChange={(event) => setPurpose(event.target.value)}
        />
      </div>
      <MomentInput label={t("ui.burning.from")} valueMs={fromMs} onChange={setFrom} nowMs={now} />
      <MomentInput label={t("ui.burning.to")} valueMs={toMs} onChange={setTo} presetsH={[2, 6]} nowMs={now} />
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
