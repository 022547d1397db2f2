import { useState } from "react";
import { post, put } from "../api/client";
import type { Bulletin } from "../api/hazards";
import { useAction } from "../console/useAction";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { navigate, useQuery } from "../shell/router";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { now } from "../time/clock";
import { isoOf } from "../time/left";
import { AreaPicker } from "../warnings/AreaPicker";

const LEVELS = [1, 2, 3, 4, 5];

/** An official bulletin, typed from the paper or the message in hand, with the file itself where there is one. */
export function BulletinForm({ onStored }: { onStored: () => void }) {
  const t = useT();
  const may = useMay("bulletin");
  const [supersedes] = useQuery("supersedes");
  const [forHazard] = useQuery("hazard");
  const hazards = useStore(pack, (p) => p?.hazards) ?? {};
  const [number, setNumber] = useState("");
  const [issuer, setIssuer] = useState("");
  const [hazard, setHazard] = useState(forHazard ?? "");
  const [level, setLevel] = useState("");
  const [areas, setAreas] = useState<string[]>([]);
  const [issuedMs, setIssued] = useState<number | null>(now());
  const [untilMs, setUntil] = useState<number | null>(now() + 24 * 3_600_000);
  const [nextMs, setNext] = useState<number | null>(null);
  const [dated, setDated] = useState(false);
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const { busy, problem, run, fail } = useAction(true);

  const submit = async () => {
    if (
      number.trim() === "" ||
      issuer.trim() === "" ||
      hazard === "" ||
      issuedMs === null ||
      untilMs === null
    ) {
      fail(t("ui.bulletin.incomplete"));
      return;
    }
    const body = {
      number: number.trim().normalize("NFC"),
      issuer: issuer.trim().normalize("NFC"),
      hazard,
      official_level: level === "" ? null : Number(level),
      areas,
      issued_at: isoOf(issuedMs),
      valid_until: isoOf(untilMs),
      next_due_at: dated && nextMs !== null ? isoOf(nextMs) : null,
      text: text.trim().normalize("NFC"),
    };
    const path =
      supersedes === null ? "/bulletins" : `/bulletins/${encodeURIComponent(supersedes)}/supersede`;
    let id = "";
    // The bulletin counts even when its file is then refused: the words are what people act on.
    const done = await run(async () => {
      id = (await post<Bulletin>(path, body)).data.id;
      if (file !== null) await put(`/bulletins/${id}/file?name=${encodeURIComponent(file.name)}`, file);
    }, t("ui.bulletin.stored"));
    if (!done) return;
    onStored();
    navigate(`/bulletins/${encodeURIComponent(id)}`, "replace");
  };

  if (!may) return <p className="notice">{t("ui.case.read_only")}</p>;
  return (
    <form
      className="bulletin-form"
      aria-label={t("ui.bulletin.new_title")}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>{supersedes === null ? t("ui.bulletin.new_title") : t("ui.bulletin.supersede_title")}</h2>
      <p className="muted">{t("ui.bulletin.explained")}</p>
      <div className="form-grid">
        <div className="field">
          <label htmlFor="bulletin-number">{t("ui.bulletin.number")} *</label>
          <input
            id="bulletin-number"
            type="text"
            value={number}
            onChange={(event) => setNumber(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="bulletin-issuer">{t("ui.bulletin.issuer")} *</label>
          <input
            id="bulletin-issuer"
            type="text"
            value={issuer}
            onChange={(event) => setIssuer(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="bulletin-hazard">{t("ui.draft.hazard")} *</label>
          <select id="bulletin-hazard" value={hazard} onChange={(event) => setHazard(event.target.value)}>
            <option value="">{t("ui.notice.choose")}</option>
            {Object.entries(hazards).map(([id, each]) => (
              <option key={id} value={id}>
                {t.local(each.name)}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="bulletin-level">{t("ui.bulletin.official_level")}</label>
          <select id="bulletin-level" value={level} onChange={(event) => setLevel(event.target.value)}>
            <option value="">{t("ui.bulletin.no_level")}</option>
            {LEVELS.map((n) => (
              <option key={n} value={n}>
                {t("ui.bulletin.level", { level: n })}
              </option>
            ))}
          </select>
        </div>
      </div>
      <AreaPicker codes={areas} onChange={setAreas} />
      <div className="form-grid">
        <MomentInput
          label={`${t("ui.bulletin.issued_at")} *`}
          valueMs={issuedMs}
          onChange={setIssued}
          nowMs={now}
        />
        <MomentInput
          label={`${t("ui.bulletin.valid_until")} *`}
          valueMs={untilMs}
          onChange={setUntil}
          presetsH={[12, 24]}
          nowMs={now}
        />
        {dated ? (
          <MomentInput
            label={t("ui.bulletin.next_due_at")}
            valueMs={nextMs}
            onChange={setNext}
            presetsH={[3, 6]}
            nowMs={now}
          />
        ) : (
          <div className="field">
            <span className="field-label">{t("ui.bulletin.next_due_at")}</span>
            <button
              type="button"
              className="button self-start"
              onClick={() => {
                setDated(true);
                setNext(now() + 6 * 3_600_000);
              }}
            >
              {t("ui.notice.enter", { name: t("ui.bulletin.next_due_at") })}
            </button>
          </div>
        )}
        <div className="field">
          <label htmlFor="bulletin-file">{t("ui.bulletin.attach")}</label>
          <input
            id="bulletin-file"
            type="file"
            accept="image/*,application/pdf,text/plain"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
        </div>
      </div>
      <div className="field">
        <label htmlFor="bulletin-text">{t("ui.bulletin.text")}</label>
        <textarea
          id="bulletin-text"
          rows={7}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
      <div className="button-row">
        <button type="submit" className="button primary large" disabled={busy}>
          {t("ui.bulletin.store")}
        </button>
        <button type="button" className="button large" onClick={() => navigate("/bulletins")}>
          {t("ui.cancel")}
        </button>
      </div>
    </form>
  );
}
