import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { setPageTitle } from "../attention/alarm";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { navigate, route } from "../shell/router";
import { acknowledge, incidents } from "../state/incidents";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { now } from "../time/clock";
import { CasePanel } from "./CasePanel";
import { CloseDialog } from "./CloseDialog";
import { NoteDialog } from "./NoteDialog";
import { Queue, type QueueHandle } from "./Queue";
import { refusalText } from "./refusal";
import { Toasts, toast } from "./Toasts";
import { warningRouteFor } from "./warningRoute";

const MapPane = lazy(() => import("../map/MapPane"));

/** Fetched while the network is good: the first case may open after it is gone. */
const fetchAhead = () => void import("../chart/TimeChart");

export function ConsolePage({ selected }: { selected: string | null }) {
  const t = useT();
  const queue = useRef<QueueHandle>(null);
  const [paused, setPaused] = useState(false);
  const [dialog, setDialog] = useState<"note" | "close" | null>(null);
  const role = useStore(session, (s) => (s.kind === "signed_in" ? s.me.role : ""));
  const title = useStore(pack, (p) => (p === null ? null : p.title));
  const known = useStore(incidents, (s) => selected !== null && s.byId.has(selected));

  useEffect(
    () => setPageTitle(`${t("ui.nav.console")} – ${title === null ? "EOC" : t.local(title)}`),
    [t, title],
  );

  useEffect(fetchAhead, []);

  const select = useCallback((id: string, how: "push" | "replace" = "replace") => {
    navigate(`/incidents/${encodeURIComponent(id)}`, how);
  }, []);
  const openStation = useCallback((id: string) => navigate(`/stations/${encodeURIComponent(id)}`), []);

  const take = useCallback(async () => {
    const current = route.get();
    const id = current.page === "console" ? current.incident : null;
    if (id === null || !mayDo(role, "acknowledge")) return;
    const refused = await acknowledge(id, now());
    if (refused !== null) toast("bad", refusalText(t, refused));
  }, [role, t]);

  const note = () => known && mayDo(role, "note") && setDialog("note");
  const close = () => known && mayDo(role, "close") && setDialog("close");
  const warn = () => {
    if (selected !== null && known) void warningRouteFor(selected).then((to) => navigate(to));
  };

  useKeys({
    // Arrows work in the queue alone, and also for those who switched the letters off.
    ArrowDown: (event) => queue.current?.holds(event.target) === true && queue.current.move(1),
    ArrowUp: (event) => queue.current?.holds(event.target) === true && queue.current.move(-1),
    j: () => queue.current?.move(1),
    k: () => queue.current?.move(-1),
    a: () => void take(),
    c: note,
    x: close,
    s: warn,
    l: () => setPaused((value) => !value),
    Escape: () => queue.current?.release(),
  });

  return (
    <>
      <h1 className="visually-hidden">{t("ui.nav.console")}</h1>
      <Queue ref={queue} selected={selected} onSelect={select} paused={paused} onPause={setPaused} />
      <Suspense
        fallback={
          <section className="map map-loading" aria-label={t("ui.map.title")}>
            <p role="status">{t("ui.map.loading")}</p>
          </section>
        }
      >
        <MapPane selected={selected} onSelect={select} onStation={openStation} />
      </Suspense>
      <CasePanel
        id={selected}
        onAcknowledge={() => void take()}
        onNote={note}
        onWarn={warn}
        onClose={close}
      />
      {dialog === "note" && selected !== null && <NoteDialog id={selected} onDone={() => setDialog(null)} />}
      {dialog === "close" && selected !== null && (
        <CloseDialog id={selected} onDone={() => setDialog(null)} />
      )}
      <Toasts />
    </>
  );
}
