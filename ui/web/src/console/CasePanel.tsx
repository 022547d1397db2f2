import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { Incident, IncidentDetail, Task } from "../api/types";
import { StationChart } from "../chart/StationChart";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { type Translator, useT } from "../i18n";
import { presentParams } from "../i18n/params";
import { linkTo } from "../shell/router";
import { incidents, loadIncident } from "../state/incidents";
import { useNames } from "../state/names";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { useSettled } from "../time/pace";
import { CaseBulletins, CaseRelease } from "./CaseRelease";
import { EvidenceList } from "./EvidenceList";
import { CaseImpacts } from "./ImpactList";
import { StateTag } from "./QueueRow";
import { Timeline } from "./Timeline";
import { Uplifts } from "./Uplift";

const REST_MS = 100;

interface Props {
  id: string | null;
  onAcknowledge: () => void;
  onNote: () => void;
  onWarn: () => void;
  onClose: () => void;
}

export function CasePanel({ id, onAcknowledge, onNote, onWarn, onClose }: Props) {
  const t = useT();
  const incident = useStore(incidents, (s) => (id === null ? undefined : s.byId.get(id)));
  const detail = useStore(incidents, (s) => (id === null ? undefined : s.details.get(id)));
  const [problem, setProblem] = useState<string | null>(null);

  // Running through the queue with a key held down must not ask for every case that goes by.
  const resting = useSettled(id, REST_MS);
  useEffect(() => {
    if (resting === null) return;
    let gone = false;
    setProblem(null);
    loadIncident(resting).catch((error) => {
      if (!gone) setProblem(error instanceof ApiError ? error.code : "network");
    });
    return () => {
      gone = true;
    };
  }, [resting]);

  if (id === null || incident === undefined) {
    return (
      <section className="case case-empty" aria-label={t("ui.case.title")}>
        <p className="strong">{problem === null ? t("ui.case.none") : t("ui.case.missing")}</p>
        <p className="muted">{t("ui.case.none_hint")}</p>
      </section>
    );
  }
  return (
    <section
      className="case"
      aria-label={t("ui.case.title")}
      data-id={incident.id}
      data-state={incident.state}
    >
      <CaseHead incident={incident} />
      <Actions incident={incident} {...{ onAcknowledge, onNote, onWarn, onClose }} />
      <div className="case-body">
        {incident.station !== null && incident.station !== undefined && resting === id && (
          <StationChart key={incident.station} stationId={incident.station} />
        )}
        <CaseBulletins incident={incident} />
        <Reference incident={incident} />
        {detail === undefined ? (
          <p className="muted" role="status">
            {problem === null ? t("ui.case.loading") : t("ui.error.network")}
          </p>
        ) : (
          <>
            <Uplifts detail={detail} />
            <CaseRelease incident={incident} />
            <EvidenceList evidence={detail.evidence} />
            {detail.impacts != null && incident.hazard === "river_flood" && (
              <CaseImpacts impacts={detail.impacts} />
            )}
            <Work detail={detail} />
            <Timeline entries={detail.timeline} />
          </>
        )}
      </div>
    </section>
  );
}

function CaseHead({ incident }: { incident: Incident }) {
  const t = useT();
  const responsible = incident.assigned_to ?? incident.acknowledged_by ?? null;
  return (
    <header className="case-head">
      <LevelBadge level={incident.level} size={44} word="below" />
      <div className="case-title">
        <h2>{t.local(incident.title)}</h2>
        <p className="case-meta">
          <span>#{incident.number}</span>
          <span>{incident.area_name ?? t("ui.case.no_area")}</span>
          <StateTag incident={incident} />
          {incident.drill && <span className="tag drill">{t("ui.exercise")}</span>}
        </p>
        <dl className="case-facts">
          <div>
            <dt>{t("ui.case.since")}</dt>
            <dd>
              <Time iso={incident.observed_at} />
            </dd>
          </div>
          <div>
            <dt>{t("ui.case.responsible")}</dt>
            <dd className={responsible === null ? "strong" : ""}>{responsible ?? t("ui.case.nobody")}</dd>
          </div>
          {incident.peak_level > incident.level && (
            <div>
              <dt>{t("ui.case.peak")}</dt>
              <dd>
                <LevelBadge level={incident.peak_level} size={18} />
              </dd>
            </div>
          )}
          {incident.outcome && (
            <div>
              <dt>{t("ui.case.outcome")}</dt>
              <dd>{t.code(`outcome.${incident.outcome}`)}</dd>
            </div>
          )}
        </dl>
      </div>
    </header>
  );
}

function Actions({
  incident,
  onAcknowledge,
  onNote,
  onWarn,
  onClose,
}: { incident: Incident } & Omit<Props, "id">) {
  const t = useT();
  const role = useStore(session, (s) => (s.kind === "signed_in" ? s.me.role : ""));
  const closed = incident.state === "closed";
  if (!mayDo(role, "acknowledge") && !mayDo(role, "note")) {
    return <p className="case-actions muted">{t("ui.case.read_only")}</p>;
  }
  return (
    <div className="case-actions">
      {incident.state === "new" ? (
        <button type="button" className="button primary grow" onClick={onAcknowledge}>
          {t("ui.action.acknowledge")}{" "}
          <span className="key" aria-hidden="true">
            A
          </span>
        </button>
      ) : (
        <p className="case-taken grow">
          {incident.acknowledged_by && incident.acknowledged_at ? (
            <>
              {t("ui.case.taken_by", { actor: incident.acknowledged_by })}{" "}
              <Time iso={incident.acknowledged_at} as="absolute" />
            </>
          ) : (
            t.code(`state.${incident.state}`)
          )}
        </p>
      )}
      <button
        type="button"
        className="button"
        onClick={onWarn}
        disabled={closed || !mayDo(role, "draft_warning")}
      >
        {t("ui.action.warn")}{" "}
        <span className="key" aria-hidden="true">
          S
        </span>
      </button>
      <button type="button" className="button" onClick={onNote} disabled={!mayDo(role, "note")}>
        {t("ui.action.note")}{" "}
        <span className="key" aria-hidden="true">
          C
        </span>
      </button>
      <button type="button" className="button" onClick={onClose} disabled={closed || !mayDo(role, "close")}>
        {t("ui.action.close")}{" "}
        <span className="key" aria-hidden="true">
          X
        </span>
      </button>
    </div>
  );
}

/** The other scales, in words that keep them apart from our own severity. */
function Reference({ incident }: { incident: Incident }) {
  const t = useT();
  const { official_level: official, risk_reference: reference } = incident;
  return (
    <section className="case-scales">
      <p className="muted">{t("ui.case.scale_note")}</p>
      {official !== null && official !== undefined ? (
        <p className="strong">{t("ui.case.official", { level: official })}</p>
      ) : (
        reference && (
          <p>
            {t("ui.case.risk")}{" "}
            {t.maybe(reference.wording_code, { level: reference.level, ...reference.params }) ??
              (reference.level === null
                ? t("ui.case.reference_unknown")
                : t("ui.case.reference", { level: reference.level }))}
          </p>
        )
      )}
    </section>
  );
}

/** A task's kind is a code of its own, or the end of one. */
function taskText(t: Translator, task: Task, names: (id: string) => string | undefined): string {
  const params = presentParams(t, task.params, names);
  return t.maybe(task.kind, params) ?? t.code(`task.${task.kind}`, params);
}

function Work({ detail }: { detail: IncidentDetail }) {
  const t = useT();
  const names = useNames();
  const { tasks, warnings } = detail;
  return (
    <>
      {tasks.length > 0 && (
        <section>
          <h3>{t("ui.case.tasks")}</h3>
          <ul className="case-list">
            {tasks.map((task) => (
              <li key={task.id}>
                <span className="grow">{taskText(t, task, names)}</span>
                {task.due_at !== null && (
                  <span className="muted">
                    <Time iso={task.due_at} as="relative" />
                  </span>
                )}
                <span className="tag">{t.code(`task.state.${task.state}`)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t("ui.case.warnings")}</h3>
        {warnings.length === 0 ? (
          <p className="muted">{t("ui.case.no_warnings")}</p>
        ) : (
          <ul className="case-list">
            {warnings.map((warning) => (
              <li key={warning.id}>
                <a className="grow" {...linkTo(`/warnings/${warning.id}`)}>
                  {t("ui.warning.name", { number: warning.number ?? "" })}
                </a>
                <span className={`tag${warning.state === "submitted" ? " hot" : ""}`}>
                  {t.code(`warning.state.${warning.state}`)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}
