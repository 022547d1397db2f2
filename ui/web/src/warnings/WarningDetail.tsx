import type { Warning } from "../api/types";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { incidents } from "../state/incidents";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { Approval } from "./Approval";
import { useAreaNames } from "./areaNames";
import { Checks } from "./Checks";
import { DraftEditor } from "./DraftEditor";
import { PhonePreview } from "./PhonePreview";
import { Progress } from "./Progress";
import { durationText } from "./words";

/** What was sent back can be put right and submitted again. */
const EDITABLE = ["draft", "rejected"];
const SENDING = ["approved", "sending", "sent", "expired", "cancelled"];

export function WarningDetail({ warning }: { warning: Warning }) {
  const role = useStore(session, (s) => (s.kind === "signed_in" ? s.me.role : ""));
  return (
    <article className="warning" data-state={warning.state}>
      <WarningHead warning={warning} />
      {EDITABLE.includes(warning.state) && mayDo(role, "draft_warning") ? (
        <DraftEditor warning={warning} />
      ) : (
        <div className="warning-columns">
          <div className="warning-column">
            {warning.state === "submitted" && <Approval key={warning.version} warning={warning} />}
            {SENDING.includes(warning.state) && <Progress warning={warning} />}
            <Facts warning={warning} />
            <Checks checks={warning.checks} />
          </div>
          <PhonePreview
            text={warning.text.vi}
            plain={warning.text.vi_plain}
            sender={warning.sender}
            segments={warning.segments}
          />
        </div>
      )}
    </article>
  );
}

function WarningHead({ warning }: { warning: Warning }) {
  const t = useT();
  const hazards = useStore(pack, (p) => p?.hazards);
  const incident = useStore(incidents, (s) =>
    warning.incident === null ? undefined : s.byId.get(warning.incident),
  );
  const hazard = hazards?.[warning.hazard];
  return (
    <header className="warning-head">
      <LevelBadge level={warning.level} size={40} word="below" />
      <div className="grow">
        <h2>
          {t("ui.warning.name", { number: warning.number })}
          {hazard !== undefined && ` · ${t.local(hazard.name)}`}
        </h2>
        <p className="case-meta">
          <span className={`tag${warning.state === "submitted" ? " hot" : ""}`}>
            {t.code(`warning.state.${warning.state}`)}
          </span>
          {warning.incident !== null && (
            <a {...linkTo(`/incidents/${warning.incident}`)}>
              {incident === undefined
                ? t("ui.warning.of_incident")
                : `#${incident.number} ${t.local(incident.title)}`}
            </a>
          )}
        </p>
      </div>
      <Steps warning={warning} />
    </header>
  );
}

/** Who did what: drafted, submitted, approved. Two names are the point of it. */
function Steps({ warning }: { warning: Warning }) {
  const t = useT();
  const steps = [
    { key: "ui.warning.step.drafted" as const, by: warning.drafted_by, at: warning.drafted_at },
    { key: "ui.warning.step.submitted" as const, by: warning.submitted_by, at: warning.submitted_at },
    warning.state === "rejected"
      ? { key: "ui.warning.step.rejected" as const, by: warning.approved_by, at: warning.approved_at }
      : { key: "ui.warning.step.approved" as const, by: warning.approved_by, at: warning.approved_at },
  ];
  return (
    <ol className="steps">
      {steps.map(({ key, by, at }) => (
        <li key={key} className={by === null ? "" : "done"}>
          <span className="overline">{t(key)}</span>
          <span>{by === null ? "–" : (t.maybe(`actor.${by}`) ?? by)}</span>
          {at !== null && (
            <span className="muted">
              <Time iso={at} as="short" />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function Facts({ warning }: { warning: Warning }) {
  const t = useT();
  const names = useAreaNames(warning.areas);
  return (
    <section className="facts">
      {warning.rejected_reason !== null && (
        <p className="notice bad">
          {t("ui.warning.rejected_because")} {warning.rejected_reason}
        </p>
      )}
      <dl>
        <div>
          <dt>{t("ui.warning.areas")}</dt>
          <dd>{names.join(", ") || t("ui.warning.no_areas")}</dd>
        </div>
        <div>
          <dt>{t("ui.warning.audience")}</dt>
          <dd>
            {t("ui.warning.people", { count: warning.audience.count })}
            {warning.audience.excluded.map(({ code, count }) => (
              <span key={code} className="muted">
                {" "}
                · {t.code(code, { count })} {t.number(count)}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>{t("ui.warning.expires")}</dt>
          <dd>
            <Time iso={warning.expires_at} as="dated" />
          </dd>
        </div>
        <div>
          <dt>{t("ui.warning.sender")}</dt>
          <dd>{warning.sender}</dd>
        </div>
        {warning.eta_s !== null && (
          <div>
            <dt>{t("ui.warning.eta")}</dt>
            <dd>{durationText(t, warning.eta_s)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
