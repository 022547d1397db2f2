import { useEffect, useState } from "react";
import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { link } from "../live/feed";
import { useStore } from "../state/store";
import { SKEW_WARNING_MS, skew } from "../time/clock";
import { clockTime } from "../time/ict";

/** A line that is back within this time was a hiccup nobody needs to read about. */
const GRACE_MS = 1000;

export function ConnectionBanner() {
  const t = useT();
  const status = useStore(link);
  const [late, setLate] = useState(false);
  const down = status.state !== "live";

  useEffect(() => {
    if (!down) {
      setLate(false);
      return;
    }
    const since = status.lostAt ?? performance.now();
    const timer = setTimeout(() => setLate(true), Math.max(0, GRACE_MS - (performance.now() - since)));
    return () => clearTimeout(timer);
  }, [down, status.lostAt]);

  return (
    <>
      {down && late && (
        <div className="banner banner-lost" role="alert" data-testid="connection-lost">
          <Icon name="warning" />
          <span>
            <strong>{t("ui.lost.title")}</strong>{" "}
            {status.lastDataMs === null
              ? t("ui.lost.never")
              : t("ui.lost.as_of", { time: clockTime(status.lastDataMs) })}
          </span>
          <span className="banner-side">{t("ui.lost.trying")}</span>
        </div>
      )}
      <SkewBanner />
    </>
  );
}

function SkewBanner() {
  const t = useT();
  const ms = useStore(skew, (value) => (value !== null && Math.abs(value) > SKEW_WARNING_MS ? value : null));
  if (ms === null) return null;
  const minutes = Math.round(Math.abs(ms) / 6000) / 10;
  return (
    <div className="banner banner-skew" role="status" data-testid="clock-skew">
      <Icon name="warning" />
      <span>{t(ms > 0 ? "ui.skew.fast" : "ui.skew.slow", { minutes: t.number(minutes) })}</span>
    </div>
  );
}
