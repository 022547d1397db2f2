import { type FormEvent, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { Level } from "../api/types";
import { MomentInput } from "../design/MomentInput";
import { LEVELS } from "../design/shapes";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { navigate } from "../shell/router";
import { incidents, loadIncident } from "../state/incidents";
import { useStore } from "../state/store";
import { createDraft, type DraftFields } from "../state/warnings";
import { pack } from "../state/world";
import { stripDiacritics } from "../text/fold";
import { smsSize } from "../text/sms";
import { now } from "../time/clock";
import { AreaPicker } from "./AreaPicker";
import { Checks } from "./Checks";
import { PhonePreview, Segments } from "./PhonePreview";
import { usePreview } from "./usePreview";
import { durationText } from "./words";

const USUAL_VALIDITY_H = 12;

/** The first save of a new warning; from then on it is a draft with a number, a preview and checks. */
export function NewDraft({ incidentId }: { incidentId: string | null }) {
  const t = useT();
  const incident = useStore(incidents, (s) => (incidentId === null ? undefined : s.byId.get(incidentId)));
  const hazards = useStore(pack, (p) => p?.hazards);
  const sender = useStore(pack, (p) => (p?.sender ? t.local(p.sender) : ""));
  const [text, setText] = useState("");
  const [areas, setAreas] = useState<string[] | null>(null);
  const [level, setLevel] = useState<Level | null>(null);
  const [hazard, setHazard] = useState<string | null>(null);
  const [expires, setExpires] = useState<number | null>(() => now() + USUAL_VALIDITY_H * 3_600_000);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (incidentId !== null) void loadIncident(incidentId).catch(() => undefined);
  }, [incidentId]);

  const chosen = {
    areas: areas ?? (incident?.area ? [incident.area] : []),
    level: level ?? (incident !== undefined && incident.level > 0 ? incident.level : 3),
    hazard: hazard ?? incident?.hazard ?? "river_flood",
  };
  const complete = text.trim() !== "" && expires !== null && chosen.areas.length > 0;
  const payload: DraftFields | null = complete
    ? {
        incident: incidentId,
        ...chosen,
        text: { vi: text.normalize("NFC"), en: null },
        expires_at: new Date(expires).toISOString(),
      }
    : null;
  const computed = usePreview(null, payload);
  const plain = stripDiacritics(text.normalize("NFC"));
  const sizes = { vi: smsSize(text), vi_plain: smsSize(plain) };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (payload === null) {
      setProblem(t("ui.draft.incomplete"));
      return;
    }
    setBusy(true);
    try {
      const warning = await createDraft(payload);
      navigate(`/warnings/${warning.id}`, "replace");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(problemText(t, error.problem));
      setBusy(false);
    }
  };

  return (
    <form className="warning" onSubmit={submit}>
      <header className="warning-head">
        <div className="grow">
          <h2>{t("ui.draft.new_title")}</h2>
          <p className="muted">
            {incident === undefined
              ? t("ui.draft.new_hint")
              : `#${incident.number} ${t.local(incident.title)}`}
          </p>
        </div>
      </header>
      <div className="warning-columns">
        <div className="warning-column">
          <div className="field-row">
            <div className="field">
              <label htmlFor="new-hazard">{t("ui.draft.hazard")}</label>
              <select
                id="new-hazard"
                value={chosen.hazard}
                onChange={(event) => setHazard(event.target.value)}
              >
                {Object.entries(hazards ?? {}).map(([code, { name }]) => (
                  <option key={code} value={code}>
                    {t.local(name)}
                  </option>
                ))}
              </select>
            </div>
            <div className="field">
              <label htmlFor="new-level">{t("ui.draft.level")}</label>
              <select
                id="new-level"
                value={chosen.level}
                onChange={(event) => setLevel(Number(event.target.value) as Level)}
              >
                {LEVELS.filter((value) => value > 0).map((value) => (
                  <option key={value} value={value}>
                    {value} – {t.code(`level.${value}`)}
                  </option>
                ))}
              </select>
            </div>
            <MomentInput
              label={t("ui.warning.expires")}
              valueMs={expires}
              onChange={setExpires}
              presetsH={[6, 12, 24]}
              nowMs={now}
            />
          </div>
          <AreaPicker codes={chosen.areas} onChange={setAreas} />
          <div className="field">
            <label htmlFor="new-text">{t("ui.draft.text")}</label>
            <textarea
              id="new-text"
              lang="vi"
              rows={5}
              value={text}
              onChange={(event) => setText(event.target.value)}
              aria-describedby="new-hint"
            />
            <p id="new-hint" className="hint">
              {t("ui.draft.order_hint")}
            </p>
            <Segments size={sizes.vi_plain} limit={1} />
          </div>
          {computed.audience !== undefined && (
            <dl className="draft-facts">
              <div>
                <dt>{t("ui.warning.audience")}</dt>
                <dd className="strong">{t("ui.warning.people", { count: computed.audience.count })}</dd>
              </div>
              <div>
                <dt>{t("ui.warning.eta")}</dt>
                <dd>{durationText(t, computed.eta_s ?? 0)}</dd>
              </div>
            </dl>
          )}
          <Checks checks={computed.checks ?? []} />
          {problem !== null && (
            <p className="notice bad" role="alert">
              {problem}
            </p>
          )}
          <div className="buttons sticky">
            <button type="submit" className="button primary" disabled={busy}>
              {t("ui.draft.create")}
            </button>
          </div>
        </div>
        <PhonePreview text={text} plain={plain} sender={computed.sender ?? sender} segments={sizes} />
      </div>
    </form>
  );
}
