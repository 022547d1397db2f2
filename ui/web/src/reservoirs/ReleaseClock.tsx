import { useRef, useState } from "react";
import { del } from "../api/client";
import type { Release, ReleaseCommune, StepName } from "../api/hazards";
import { useAction } from "../console/useAction";
import { ReasonText } from "../design/Reasons";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { linkTo } from "../shell/router";
import { useMay } from "../state/session";
import { now } from "../time/clock";
import { CommuneRow } from "./CommuneRow";
import { ReleaseFacts } from "./ReleaseFacts";
import { StepDialog } from "./StepDialog";
import { clockSpan, downstream, isOpenRelease, owedStep, STEPS } from "./values";

interface Props {
  release: Release;
  onChanged: () => void;
  /** On the reservoir's page: a link to the release's own. */
  linked?: boolean;
}

/** When the water reaches each commune down the river, and how far each commune is with telling its people. */
export function ReleaseClock({ release, onChanged, linked = false }: Props) {
  const t = useT();
  const mayRecord = useMay("release") && isOpenRelease(release);
  const list = useRef<HTMLOListElement>(null);
  const [step, setStep] = useState<{ commune: ReleaseCommune; step: StepName } | null>(null);
  const { run } = useAction();
  const communes = downstream(release);
  const held = release.communes.filter((each) => each.held);
  const span = clockSpan(release, now());
  const clear = communes.filter((each) => owedStep(each) === null).length;

  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-area]") ?? [])];
  const at = () => rows().findIndex((row) => row.contains(document.activeElement));
  const move = (by: number) => {
    const all = rows();
    const next = all[Math.min(Math.max(at() + by, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const record = (name: StepName) => {
    const area = rows()[at()]?.dataset.area;
    const commune = communes.find((each) => each.area === area);
    if (commune !== undefined && mayRecord) setStep({ commune, step: name });
    return commune !== undefined;
  };
  const undo = async (commune: ReleaseCommune, name: StepName) => {
    const path = `/releases/${encodeURIComponent(release.id)}/communes/${encodeURIComponent(commune.area)}/${name}`;
    if (await run(() => del(path), t("ui.release.undone"))) onChanged();
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    "1": () => record("received"),
    "2": () => record("hamlets_told"),
    "3": () => record("bank_clear"),
  });

  return (
    <section className="card release-clock" aria-label={t("ui.release.clock")} data-release={release.id}>
      <div className="card-head">
        <h2>
          {linked ? (
            <a {...linkTo(`/releases/${encodeURIComponent(release.id)}`)}>{t("ui.release.clock")}</a>
          ) : (
            t("ui.release.clock")
          )}
        </h2>
        <span className={clear === communes.length ? "tag ok" : "tag"}>
          {t("ui.release.cleared", { clear, total: communes.length })}
        </span>
      </div>
      {linked && <ReleaseFacts release={release} />}
      {communes.length === 0 && <p className="notice bad">{t("ui.release.no_communes")}</p>}
      <ol className="commune-rows" ref={list}>
        {communes.map((commune) => (
          <CommuneRow
            key={commune.area}
            commune={commune}
            over={!isOpenRelease(release)}
            span={span}
            onUndo={mayRecord ? (name) => void undo(commune, name) : null}
            onStep={mayRecord ? (name) => setStep({ commune, step: name }) : null}
          />
        ))}
      </ol>
      {held.length > 0 && (
        <p className="notice">
          {t("ui.release.held", { names: held.map((each) => each.name ?? each.area).join(", ") })}{" "}
          {held[0]?.notes.map((note) => (
            <ReasonText key={note.code} reason={note} />
          ))}
        </p>
      )}
      <p className="muted clock-note">{t("ui.release.clock_note")}</p>
      {step !== null && (
        <StepDialog
          release={release}
          commune={step.commune}
          step={step.step}
          // Whoever answered last for this commune answers again.
          lastName={lastName(step.commune)}
          onDone={(done) => {
            setStep(null);
            if (done) onChanged();
          }}
        />
      )}
    </section>
  );
}

function lastName(commune: ReleaseCommune): string {
  for (const step of [...STEPS].reverse()) {
    const done = commune.steps[step];
    if (done) return done.by;
  }
  return "";
}
