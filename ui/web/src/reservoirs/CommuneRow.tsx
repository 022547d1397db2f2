import type { ReleaseCommune, StepName } from "../api/hazards";
import { Icon } from "../design/Icon";
import { ReasonList, ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { now, useTicking } from "../time/clock";
import { absoluteTime, shortTime } from "../time/ict";
import { timeLeft } from "../time/left";
import { ArrivalBar } from "./ArrivalBar";
import { owedStep, STEPS } from "./values";

interface Props {
  commune: ReleaseCommune;
  span: { fromMs: number; toMs: number } | null;
  /** Null for those who only look. */
  onStep: ((step: StepName) => void) | null;
  onUndo: ((step: StepName) => void) | null;
  /** The release has ended or was called off: what was computed is a record, nothing to run from. */
  over: boolean;
}

export function CommuneRow({ commune, span, onStep, onUndo, over }: Props) {
  const t = useT();
  const owed = owedStep(commune);
  const { earliest_at: earliest, peak } = commune;
  const name = commune.name ?? commune.area;
  return (
    <li
      className={`commune-row${owed === null ? " cleared" : ""}${commune.late && !over ? " late" : ""}`}
      data-area={commune.area}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: J and K go through the communes, and 1 2 3 act on the one in focus
      tabIndex={0}
      aria-label={name}
    >
      <div className="commune-name">
        <span className="strong">{name}</span>
        {commune.chainage_km !== null && (
          <span className="muted">{t("ui.release.km", { km: t.number(commune.chainage_km, 1) })}</span>
        )}
        {commune.phone !== null && owed !== null && (
          <a className="commune-phone" href={`tel:${commune.phone.replace(/[^+\d]/g, "")}`}>
            {commune.phone}
          </a>
        )}
        {commune.late && !over && (
          <span className="tag bad">
            {commune.call_due_at === null ? (
              t("ui.release.late")
            ) : (
              <>
                {t("ui.release.call")} <Time iso={commune.call_due_at} as="short" />
              </>
            )}
          </span>
        )}
      </div>
      {earliest === null ? (
        <div className="commune-unknown">
          {!over && <span className="countdown now">{t("ui.release.tell_now")}</span>}
          <span>
            {t("ui.release.unknown")} {commune.why !== null && <ReasonText reason={commune.why} />}
          </span>
        </div>
      ) : (
        <>
          <Countdown iso={earliest} cleared={owed === null} over={over} />
          <div className="commune-times">
            {span !== null && <ArrivalBar commune={commune} span={span} />}
            <p className="arrival-text">
              {t("ui.release.earliest", { time: at(earliest) })}
              {commune.likely_at !== null && (
                <> · {t("ui.release.likely", { time: at(commune.likely_at) })}</>
              )}
              {commune.latest_at !== null && (
                <> · {t("ui.release.latest", { time: at(commune.latest_at) })}</>
              )}
              {commune.source !== null && (
                <span className="muted"> · {t.maybe(`source.${commune.source}`) ?? commune.source}</span>
              )}
              {peak !== null && Date.parse(peak.at) >= Date.parse(earliest) && (
                <span className="muted">
                  {" "}
                  · {t("ui.release.peak", { m3s: t.number(peak.discharge_m3s, 0) })} {at(peak.at)}
                </span>
              )}
            </p>
          </div>
        </>
      )}
      {commune.notes.length > 0 && (
        <div className="commune-notes muted">
          <ReasonList reasons={commune.notes} />
        </div>
      )}
      <ul className="commune-steps" aria-label={t("ui.release.steps")}>
        {STEPS.map((step, index) => {
          const done = commune.steps[step] ?? null;
          return (
            <li key={step}>
              {done !== null ? (
                <span className="step done">
                  <Icon name="check" size={15} />
                  <span>
                    {t(`ui.release.step.${step}`)}
                    <span className="step-who">
                      {done.by} · {shortTime(Date.parse(done.at))} ·{" "}
                      {t.maybe(`ui.release.channel.${done.channel}`) ?? done.channel}
                    </span>
                  </span>
                  {onUndo !== null && (
                    <button type="button" className="link undo" onClick={() => onUndo(step)}>
                      {t("ui.release.undo")}
                      <span className="visually-hidden">
                        {" "}
                        – {name}: {t(`ui.release.step.${step}`)}
                      </span>
                    </button>
                  )}
                </span>
              ) : onStep === null ? (
                <span className="step">{t(`ui.release.step.${step}`)}</span>
              ) : (
                <button
                  type="button"
                  className={`button step${owed === step ? " owed" : ""}`}
                  onClick={() => onStep(step)}
                >
                  {t(`ui.release.step.${step}`)}
                  <span className="visually-hidden"> – {name}</span>{" "}
                  <span className="key" aria-hidden="true">
                    {index + 1}
                  </span>
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </li>
  );
}

const at = (iso: string) => absoluteTime(Date.parse(iso), now(), false);

function Countdown({ iso, cleared, over }: { iso: string; cleared: boolean; over: boolean }) {
  const t = useT();
  const ms = Date.parse(iso);
  const left = useTicking((nowMs) => timeLeft(t, ms, nowMs));
  const soon = useTicking((nowMs) => ms - nowMs < 3_600_000);
  if (over) return <div className="commune-countdown muted">{t("ui.release.over")}</div>;
  const tone = cleared ? "calm" : left === null ? "now" : soon ? "soon" : "";
  return (
    <div className="commune-countdown">
      <span className={`countdown ${tone}`} role="timer">
        {left ?? t("ui.release.maybe_here")}
      </span>
      <span className="muted">
        {left === null ? t("ui.release.since", { time: at(iso) }) : t("ui.release.at_least")}
      </span>
    </div>
  );
}
