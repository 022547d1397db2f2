import { useState } from "react";
import { put } from "../api/client";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { Segmented } from "../design/Segmented";
import { dayOf } from "../fire/days";
import { useT } from "../i18n";
import { now } from "../time/clock";
import { dateOnly, parseMoment } from "../time/ict";
import { AreaPicker } from "../warnings/AreaPicker";

interface Props {
  diseases: readonly { id: string; name: string }[];
  onDone: (done: boolean) => void;
}

/** A count from a health report: where, what, when, how many. A correction is a new version of the same count. */
export function CountDialog({ diseases, onDone }: Props) {
  const t = useT();
  const [areas, setAreas] = useState<string[]>([]);
  const [disease, setDisease] = useState(diseases[0]?.id ?? "");
  const [period, setPeriod] = useState<"day" | "week">("day");
  const [date, setDate] = useState(dateOnly(now()));
  const [count, setCount] = useState("");
  const { busy, problem, run, fail } = useAction(true);
  const submit = async () => {
    const [area] = areas;
    const at = parseMoment("12:00", date);
    if (area === undefined || disease === "" || at === null || !/^\d{1,7}$/.test(count.trim())) {
      fail(t("ui.epidemic.incomplete"));
      return;
    }
    const item = { area, disease, period, date: dayOf(at), count: Number(count) };
    if (await run(() => put("/epidemic/counts", { items: [item] }), t("ui.epidemic.stored"))) onDone(true);
  };
  return (
    <Dialog
      title={t("ui.epidemic.enter")}
      onClose={() => onDone(false)}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={() => onDone(false)}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.epidemic.store")}
          </button>
        </>
      }
    >
      <AreaPicker codes={areas} onChange={(codes) => setAreas(codes.slice(-1))} />
      <div className="field">
        <label htmlFor="count-disease">{t("ui.epidemic.disease")}</label>
        <select id="count-disease" value={disease} onChange={(event) => setDisease(event.target.value)}>
          {diseases.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <span className="field-label">{t("ui.epidemic.period")}</span>
        <Segmented
          label={t("ui.epidemic.period")}
          options={[
            { value: "day" as const, text: t("ui.epidemic.by_day") },
            { value: "week" as const, text: t("ui.epidemic.by_week") },
          ]}
          value={period}
          onChange={setPeriod}
          small={false}
        />
      </div>
      <div className="field">
        <label htmlFor="count-date">{t("ui.epidemic.date")}</label>
        <input
          id="count-date"
          type="text"
          inputMode="numeric"
          value={date}
          onChange={(event) => setDate(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor="count-count">{t("ui.epidemic.count")}</label>
        <input
          id="count-count"
          type="text"
          inputMode="numeric"
          value={count}
          onChange={(event) => setCount(event.target.value)}
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
