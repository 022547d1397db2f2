import { useState } from "react";
import type { Warning } from "../api/types";
import { Toasts, toast } from "../console/Toasts";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { decide } from "../state/warnings";
import { confirms, durationText } from "./words";

/** The second pair of eyes: approve with typed words, or send back with a reason. */
export function Approval({ warning }: { warning: Warning }) {
  const t = useT();
  const me = useStore(session, (s) => (s.kind === "signed_in" ? s.me : null));
  if (me === null) return null;
  const wrote = me.name === warning.drafted_by || (warning.authors ?? []).includes(me.name);
  const own = wrote || me.name === warning.submitted_by;
  if (own) {
    return (
      <section className="approval notice" data-testid="own-warning">
        <p className="strong">{t("ui.approve.waiting")}</p>
        <p>{t(wrote ? "ui.approve.own_draft" : "ui.approve.own_submission")}</p>
      </section>
    );
  }
  if (!mayDo(me.role, "approve_warning")) {
    return (
      <section className="approval notice">
        <p className="strong">{t("ui.approve.waiting")}</p>
        <p>{t("ui.approve.not_your_role", { role: t.code(`role.${me.role}`) })}</p>
      </section>
    );
  }
  return <Decision warning={warning} />;
}

function Decision({ warning }: { warning: Warning }) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const [rejecting, setRejecting] = useState(false);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { count } = warning.audience;
  const phrase = t("ui.approve.phrase", { count });
  const ready = confirms(typed, phrase);

  const send = async (verb: "approve" | "reject", body: { confirm_count?: number; reason?: string }) => {
    setBusy(true);
    setProblem(null);
    try {
      const refused = await decide(warning, verb, body);
      if (refused !== null) setProblem(problemText(t, refused));
      else toast("ok", t(verb === "approve" ? "ui.approve.done" : "ui.reject.done"));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className="approval">
      <h3>{t("ui.approve.title")}</h3>
      <p>
        {t("ui.approve.what", {
          count,
          eta: durationText(t, warning.eta_s ?? 0),
          drafter: t.maybe(`actor.${warning.drafted_by}`) ?? warning.drafted_by,
        })}
      </p>
      {rejecting ? (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim() === "") setProblem(t("ui.reject.missing"));
            else void send("reject", { reason: reason.trim().normalize("NFC") });
          }}
        >
          <div className="field">
            <label htmlFor="reject-reason">{t("ui.reject.reason")}</label>
            <textarea
              id="reject-reason"
              rows={3}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
          <div className="buttons">
            <button type="button" className="button" onClick={() => setRejecting(false)}>
              {t("ui.cancel")}
            </button>
            <button type="submit" className="button primary" disabled={busy}>
              {t("ui.reject.confirm")}
            </button>
          </div>
        </form>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) void send("approve", { confirm_count: count });
          }}
        >
          <div className="field">
            <label htmlFor="confirm-phrase">
              {t("ui.approve.type")} <strong className="phrase">{phrase}</strong>
            </label>
            <input
              id="confirm-phrase"
              type="text"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              aria-describedby="confirm-hint"
            />
            <p id="confirm-hint" className="hint">
              {t("ui.approve.hint")}
            </p>
          </div>
          <div className="buttons">
            <button type="button" className="button" onClick={() => setRejecting(true)}>
              {t("ui.reject.open")}
            </button>
            <button type="submit" className="button primary" disabled={!ready || busy}>
              {t("ui.approve.confirm", { count })}
            </button>
          </div>
        </form>
      )}
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
      <Toasts />
    </section>
  );
}
