import type { Warning, WarningCounts } from "../api/types";
import { useT } from "../i18n";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { CancelButton } from "./CancelButton";
import { durationText } from "./words";

const PARTS: (keyof WarningCounts)[] = [
  "delivered",
  "sent",
  "sending",
  "queued",
  "unknown",
  "failed",
  "expired",
];

/** What became of every message, in words that promise no more than the operator told us. */
export function Progress({ warning }: { warning: Warning }) {
  const t = useT();
  const role = useStore(session, (s) => (s.kind === "signed_in" ? s.me.role : ""));
  const { counts } = warning;
  const total = PARTS.reduce((sum, part) => sum + counts[part], 0);
  const left = counts.queued + counts.sending;
  const shown = PARTS.filter((part) => counts[part] > 0);
  return (
    <section className="progress">
      <header>
        <h3>{t("ui.progress.title")}</h3>
        <span className="muted" role="status">
          {left > 0
            ? t("ui.progress.left", { count: left, eta: durationText(t, warning.eta_s ?? 0) })
            : t("ui.progress.finished")}
        </span>
      </header>
      <div
        className="progress-bar"
        role="progressbar"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={total - left}
        aria-label={t("ui.progress.title")}
      >
        {shown.map((part) => (
          <span key={part} className={`part part-${part}`} style={{ flexGrow: counts[part] }} />
        ))}
      </div>
      <dl className="progress-counts">
        {PARTS.filter((part) => counts[part] > 0 || part === "sent" || part === "failed").map((part) => (
          <div key={part}>
            <dt>
              <span className={`swatch part-${part}`} aria-hidden="true" /> {t(`ui.progress.${part}`)}
            </dt>
            <dd>{t.number(counts[part])}</dd>
          </div>
        ))}
      </dl>
      <div className="progress-foot">
        <p className="muted">{t("ui.progress.honest")}</p>
        {left > 0 && mayDo(role, "cancel_warning") && <CancelButton warning={warning} />}
      </div>
    </section>
  );
}
