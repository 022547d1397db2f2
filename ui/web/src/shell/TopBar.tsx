import { useT } from "../i18n";
import { MONITOR_PAGES } from "../monitor/MonitorPage";
import { session } from "../state/session";
import { useStore } from "../state/store";
import { warnings } from "../state/warnings";
import { pack } from "../state/world";
import { clockMode, useNow } from "../time/clock";
import { clockTime, wallTime } from "../time/ict";
import { linkTo, useRoute } from "./router";
import { Search } from "./Search";
import { SettingsButton } from "./Settings";
import { UserMenu } from "./UserMenu";

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const route = useRoute();
  const about = useStore(pack);
  const me = useStore(session, (s) => (s.kind === "signed_in" ? s.me : null));
  const waiting = useStore(
    warnings,
    (s) => [...s.byId.values()].filter((warning) => warning.state === "submitted").length,
  );
  const group = MONITOR_PAGES.includes(route.page) ? "monitor" : route.page;
  const pages = [
    { page: "console", to: "/", label: t("ui.nav.console") },
    { page: "warnings", to: "/warnings", label: t("ui.nav.warnings") },
    { page: "monitor", to: "/stations", label: t("ui.nav.monitor") },
    { page: "bulletins", to: "/bulletins", label: t("ui.nav.bulletins") },
    { page: "inbox", to: "/inbox", label: t("ui.nav.inbox") },
  ];
  return (
    <header className="topbar">
      <a className="brand" {...linkTo("/")}>
        <span className="brand-mark">EOC</span>
        <span className="brand-name truncate" title={about === null ? undefined : t.local(about.title)}>
          {about === null ? t("ui.brand") : placeOf(t.local(about.title))}
        </span>
      </a>
      {me?.mode === "exercise" && <span className="tag drill">{t("ui.exercise")}</span>}
      {me?.demo === true && me.mode !== "exercise" && (
        <span className="tag caution" title={t("ui.demo_explained")}>
          {t("ui.demo")}
        </span>
      )}
      <nav className="nav" aria-label={t("ui.nav.label")}>
        {pages.map(({ page, to, label }) => (
          <a key={page} {...linkTo(to)} aria-current={group === page ? "page" : undefined}>
            {label}
            {page === "warnings" && waiting > 0 && (
              <span className="nav-count">
                {waiting}
                <span className="visually-hidden"> {t("ui.nav.waiting")}</span>
              </span>
            )}
          </a>
        ))}
      </nav>
      <span className="spacer" />
      <Search />
      <Clock />
      <SettingsButton onHelp={onHelp} />
      <UserMenu />
    </header>
  );
}

/** The name without what stands in brackets behind it; the whole of it is on the login page and in the tooltip. */
function placeOf(title: string): string {
  return title.replace(/\s*\(.*\)$/, "");
}

function Clock() {
  const t = useT();
  const nowMs = useNow();
  const w = wallTime(nowMs);
  const weekday = new Intl.DateTimeFormat(t.language === "vi" ? "vi-VN" : "en-GB", {
    weekday: "short",
    timeZone: "Asia/Ho_Chi_Minh",
  }).format(nowMs);
  const data = clockMode() === "data";
  return (
    <time
      className="clock"
      dateTime={new Date(nowMs).toISOString()}
      title={data ? t("ui.clock.data_explained") : ""}
    >
      <span className="clock-time">{clockTime(nowMs)}</span>
      <span className="clock-date">
        {weekday} {w.day}/{w.month}/{w.year}
        <span className="clock-mode"> · {data ? t("ui.clock.data") : "ICT"}</span>
      </span>
    </time>
  );
}
