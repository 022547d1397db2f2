import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { startAlarm } from "../attention/alarm";
import { BulletinsPage } from "../bulletins/BulletinsPage";
import { ConsolePage } from "../console/ConsolePage";
import { DevicesPage } from "../devices/DevicesPage";
import { FeedsPage } from "../devices/FeedsPage";
import { EpidemicPage } from "../epidemic/EpidemicPage";
import { FirePage } from "../fire/FirePage";
import { useT } from "../i18n";
import { InboxPage } from "../inbox/InboxPage";
import { startFeed } from "../live/feed";
import { MONITOR_PAGES, MonitorPage } from "../monitor/MonitorPage";
import { RainPage } from "../rain/RainPage";
import { ReleasePage } from "../reservoirs/ReleasePage";
import { ReservoirsPage } from "../reservoirs/ReservoirsPage";
import { resetIncidents } from "../state/incidents";
import { loadSession, session, signOut } from "../state/session";
import { useStore } from "../state/store";
import { loadGeography, loadPack } from "../state/world";
import { StationsPage } from "../stations/StationsPage";
import { WarningsPage } from "../warnings/WarningsPage";
import { Announcer } from "./Announcer";
import { ConnectionBanner } from "./ConnectionBanner";
import { ForestRoom } from "./ForestRoom";
import { HelpDialog } from "./HelpDialog";
import { useKeys } from "./keyboard";
import { LoginPage } from "./LoginPage";
import { linkTo, useRoute } from "./router";
import { StatusBar } from "./StatusBar";
import { TopBar } from "./TopBar";

const RETRY_MS = 2000;

/** Tries until it works: what it loads is small and the page is of no use without it. */
async function untilLoaded(load: () => Promise<void>, gone: () => boolean): Promise<void> {
  while (!gone()) {
    try {
      await load();
      return;
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

export function App() {
  const state = useStore(session);
  const t = useT();

  useEffect(() => {
    let gone = false;
    void untilLoaded(loadSession, () => gone);
    // Before a login the province's name may be public; where it is not, the page does without.
    void untilLoaded(loadPack, () => gone);
    return () => {
      gone = true;
    };
  }, []);

  if (state.kind === "unknown") {
    return (
      <main className="starting" aria-busy="true">
        <p role="status">{t("ui.starting")}</p>
      </main>
    );
  }
  if (state.kind === "anonymous") return <LoginPage />;
  if (state.me.role === "agency") return <ForestRoom key={state.me.name} />;
  if (!ROOM.includes(state.me.role)) return <NoRoom role={state.me.role} />;
  return <SignedIn key={state.me.name} />;
}

/** Roles that work in this room; the others get screens of their own. */
const ROOM = ["operator", "dispatcher", "supervisor", "leader", "admin"];

function NoRoom({ role }: { role: string }) {
  const t = useT();
  return (
    <main className="empty-page">
      <h1>{t("ui.no_room.title")}</h1>
      <p>{t("ui.no_room.text", { role: t.code(`role.${role}`) })}</p>
      <button type="button" className="button" onClick={() => void signOut()}>
        {t("ui.user.sign_out")}
      </button>
    </main>
  );
}

function SignedIn() {
  const t = useT();
  const route = useRoute();
  const [help, setHelp] = useState(false);
  const mode = useStore(session, (s) => (s.kind === "signed_in" ? s.me.mode : "live"));

  useEffect(() => {
    let gone = false;
    const stopFeed = startFeed();
    const stopAlarm = startAlarm();
    void untilLoaded(loadPack, () => gone);
    void untilLoaded(loadGeography, () => gone);
    return () => {
      gone = true;
      stopAlarm();
      stopFeed();
      resetIncidents();
    };
  }, []);

  useKeys({ "?": () => setHelp(true) });

  return (
    <div className={`app${mode === "exercise" ? " exercise" : ""}`}>
      <a className="skip-link" href="#main">
        {t("ui.skip")}
      </a>
      <TopBar onHelp={() => setHelp(true)} />
      <ConnectionBanner />
      <main
        id="main"
        className={`page page-${MONITOR_PAGES.includes(route.page) ? "monitor" : route.page}`}
        tabIndex={-1}
      >
        {route.page === "console" && <ConsolePage selected={route.incident} />}
        {route.page === "warnings" && <WarningsPage route={route} />}
        {route.page === "inbox" && <InboxPage />}
        {route.page === "bulletins" && <BulletinsPage id={route.id} />}
        {MONITOR_PAGES.includes(route.page) && (
          <MonitorPage page={route.page}>
            {route.page === "stations" && <StationsPage id={route.id} />}
            {route.page === "reservoirs" && <ReservoirsPage id={route.id} />}
            {route.page === "releases" && <ReleasePage id={route.id} reservoir={route.reservoir} />}
            {route.page === "rain" && <RainPage />}
            {route.page === "fire" && <FirePage />}
            {route.page === "epidemic" && <EpidemicPage />}
            {route.page === "devices" && <DevicesPage />}
            {route.page === "feeds" && <FeedsPage />}
          </MonitorPage>
        )}
        {route.page === "unknown" && (
          <div className="empty-page">
            <h1>{t("ui.not_found")}</h1>
            <a className="button" {...linkTo("/")}>
              {t("ui.nav.console")}
            </a>
          </div>
        )}
      </main>
      <StatusBar onHelp={() => setHelp(true)} />
      <Announcer />
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}
