import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import type { Warning } from "../api/types";
import { Toasts, toast } from "../console/Toasts";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { type DraftFields, decide, saveDraft } from "../state/warnings";
import { stripDiacritics } from "../text/fold";
import { smsSize } from "../text/sms";
import { now } from "../time/clock";
import { AreaPicker } from "./AreaPicker";
import { CancelButton } from "./CancelButton";
import { Checks } from "./Checks";
import { PhonePreview, Segments } from "./PhonePreview";
import { usePreview } from "./usePreview";
import { durationText } from "./words";

interface Fields {
  text: string;
  en: string;
  areas: string[];
  /** ms, null while it is being typed */
  expires: number | null;
}

function fieldsOf(warning: Warning): Fields {
  return {
    text: warning.text.vi,
    en: warning.text.en ?? "",
    areas: warning.areas,
    expires: Date.parse(warning.expires_at),
  };
}

/** Editing a draft: the counter and the plain text follow every key, the server's checks follow a pause. */
export function DraftEditor({ warning }: { warning: Warning }) {
  const t = useT();
  const [fields, setFields] = useState<Fields>(() => fieldsOf(warning));
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const saved = useRef(fieldsOf(warning));
  const dirty = JSON.stringify(fields) !== JSON.stringify(saved.current);

  // Somebody else saved: take theirs unless there is something of ours to lose.
  const [outdated, setOutdated] = useState(false);
  const seenVersion = useRef(warning.version);
  useEffect(() => {
    if (warning.version === seenVersion.current) return;
    seenVersion.current = warning.version;
    const theirs = fieldsOf(warning);
    if (JSON.stringify(theirs) === JSON.stringify(saved.current)) return;
    if (dirty) setOutdated(true);
    else {
      saved.current = theirs;
      setFields(theirs);
    }
  }, [warning, dirty]);

  const payload: DraftFields | null =
    fields.expires === null
      ? null
      : {
          incident: warning.incident,
          level: warning.level,
          hazard: warning.hazard,
          text: {
            vi: fields.text.normalize("NFC"),
            en: fields.en.trim() === "" ? null : fields.en.normalize("NFC"),
          },
          areas: fields.areas,
          expires_at: new Date(fields.expires).toISOString(),
        };
  const complete = fields.text.trim() !== "" && fields.areas.length > 0;
  const computed = usePreview(warning.id, complete ? payload : null);

  const save = async (): Promise<Warning | null> => {
    if (payload === null || !complete) {
      setProblem(t(payload === null ? "ui.draft.missing_expiry" : "ui.draft.incomplete"));
      return null;
    }
    if (!dirty) return warning;
    try {
      const next = await saveDraft(warning, payload);
      saved.current = fields;
      seenVersion.current = next.version;
      setOutdated(false);
      return next;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(problemText(t, error.problem));
      return null;
    }
  };

  const run = async (what: "save" | "submit") => {
    setBusy(true);
    setProblem(null);
    const current = await save();
    if (current !== null && what === "submit") {
      const refused = await decide(current, "submit");
      if (refused !== null) setProblem(problemText(t, refused));
      else toast("ok", t("ui.draft.submitted"));
    } else if (current !== null) toast("ok", t("ui.draft.saved"));
    setBusy(false);
  };

  const plain = stripDiacritics(fields.text.normalize("NFC"));
  const sizes = { vi: smsSize(fields.text), vi_plain: smsSize(plain) };
  const audience = computed.audience ?? warning.audience;
  const update = (change: Partial<Fields>) => setFields((held) => ({ ...held, ...change }));

  return (
    <form
      className="warning-columns"
      onSubmit={(event) => {
        event.preventDefault();
        void run("submit");
      }}
    >
      <div className="warning-column">
        {warning.rejected_reason !== null && (
          <p className="notice bad">
            {t("ui.warning.rejected_because")} {warning.rejected_reason}
          </p>
        )}
        {outdated && (
          <p className="notice caution" role="alert">
            {t("ui.draft.outdated")}{" "}
            <button
              type="button"
              className="button"
              onClick={() => {
                saved.current = fieldsOf(warning);
                setFields(saved.current);
                setOutdated(false);
              }}
            >
              {t("ui.draft.take_theirs")}
            </button>
          </p>
        )}
        <div className="field">
          <label htmlFor="warning-text">{t("ui.draft.text")}</label>
          <textarea
            id="warning-text"
            lang="vi"
            rows={5}
            value={fields.text}
            onChange={(event) => update({ text: event.target.value })}
            aria-describedby="warning-size"
          />
          <div id="warning-size" className="sizes">
            <Segments size={sizes.vi_plain} limit={1} />
            <p className="muted">
              {t("ui.draft.accented_size", { units: sizes.vi.units, count: sizes.vi.segments })}
            </p>
          </div>
        </div>
        <AreaPicker codes={fields.areas} onChange={(areas) => update({ areas })} />
        <div className="field-row">
          <MomentInput
            label={t("ui.warning.expires")}
            valueMs={fields.expires}
            onChange={(expires) => update({ expires })}
            presetsH={[6, 12, 24]}
            nowMs={now}
          />
          <dl className="draft-facts">
            <div>
              <dt>{t("ui.warning.audience")}</dt>
              <dd className="strong">{t("ui.warning.people", { count: audience.count })}</dd>
            </div>
            <div>
              <dt>{t("ui.warning.eta")}</dt>
              <dd>{durationText(t, computed.eta_s ?? warning.eta_s ?? 0)}</dd>
            </div>
            <div>
              <dt>{t("ui.warning.sender")}</dt>
              <dd>{warning.sender}</dd>
            </div>
          </dl>
        </div>
        <details className="field">
          <summary>{t("ui.draft.english")}</summary>
          <textarea
            id="warning-en"
            lang="en"
            rows={3}
            aria-label={t("ui.draft.english")}
            value={fields.en}
            onChange={(event) => update({ en: event.target.value })}
          />
        </details>
        <Checks checks={computed.checks ?? warning.checks} />
        {problem !== null && (
          <p className="notice bad" role="alert">
            {problem}
          </p>
        )}
        <div className="buttons sticky">
          <CancelButton warning={warning} />
          <span className="muted">{dirty ? t("ui.draft.unsaved") : t("ui.draft.all_saved")}</span>
          <span className="spacer" />
          <button type="button" className="button" disabled={busy || !dirty} onClick={() => void run("save")}>
            {t("ui.draft.save")}
          </button>
          <button type="submit" className="button primary" disabled={busy || fields.text.trim() === ""}>
            {t("ui.draft.submit")}
          </button>
        </div>
      </div>
      <PhonePreview text={fields.text} plain={plain} sender={warning.sender} segments={sizes} />
      <Toasts />
    </form>
  );
}
