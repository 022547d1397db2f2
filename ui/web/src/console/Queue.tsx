import {
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Incident } from "../api/types";
import { Icon } from "../design/Icon";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { incidents, isOpen } from "../state/incidents";
import { useStore } from "../state/store";
import { useHold } from "./hold";
import { type Arranged, arrange, compareIncidents } from "./order";
import { QueueRow } from "./QueueRow";

export interface QueueHandle {
  move(by: 1 | -1): void;
  /** Whether something lies within the rows. */
  holds(target: EventTarget | null): boolean;
  /** Lets go of the list: it sorts itself afresh. */
  release(): void;
}

interface Props {
  ref: Ref<QueueHandle>;
  selected: string | null;
  onSelect: (id: string, how?: "push" | "replace") => void;
  paused: boolean;
  onPause: (paused: boolean) => void;
}

const NOTHING: Arranged = { order: [], arrived: new Set() };

export function Queue({ ref, selected, onSelect, paused, onPause }: Props) {
  const t = useT();
  const { byId, loaded, lastHeardMs } = useStore(incidents);
  const list = useRef<HTMLOListElement>(null);
  const hold = useHold(list);
  const held = paused || hold.held;
  const [resorted, setResorted] = useState(0);

  const open = useMemo(() => new Map([...byId].filter(([, incident]) => isOpen(incident))), [byId]);
  // What was last known of each row, so that a row held in place can say that its case is closed.
  const known = useRef(new Map<string, Incident>());
  const arranged = useRef<Arranged>(NOTHING);
  const lastResort = useRef(resorted);
  const current = useMemo(() => {
    if (!held) known.current = new Map(open);
    else for (const [id, incident] of byId) known.current.set(id, incident);
    const keep = held && lastResort.current === resorted;
    lastResort.current = resorted;
    arranged.current = arrange(arranged.current, open, known.current, keep);
    return arranged.current;
  }, [open, byId, held, resorted]);

  const { order, arrived } = current;
  const stale = useMemo(() => {
    if (!held) return false;
    const present = order.flatMap((id) => open.get(id) ?? []);
    if (present.length !== order.length) return true;
    return present.some((incident, i) => {
      const before = present[i - 1];
      return before !== undefined && compareIncidents(before, incident) > 0;
    });
  }, [held, order, open]);

  useAnchor(list, order, hold.pointed);

  // The first look at a shift has a case on the right side without a key being pressed.
  const first = order[0];
  useEffect(() => {
    if (selected === null && first !== undefined) onSelect(first, "replace");
  }, [selected, first, onSelect]);

  const move = useCallback(
    (by: 1 | -1) => {
      const { order: rows } = arranged.current;
      if (rows.length === 0) return;
      const focused = focusedRow(list.current);
      const at = rows.indexOf(focused ?? selected ?? "");
      const to = at === -1 ? 0 : focused === undefined ? at : Math.min(rows.length - 1, Math.max(0, at + by));
      const id = rows[to];
      if (id === undefined) return;
      onSelect(id);
      focusRow(list.current, id);
    },
    [onSelect, selected],
  );

  const release = useCallback(() => {
    const active = document.activeElement;
    if (active instanceof HTMLElement && list.current?.contains(active)) active.blur();
    hold.release();
  }, [hold]);

  const resort = () => {
    onPause(false);
    setResorted((n) => n + 1);
    list.current?.scrollTo({ top: 0 });
  };

  useImperativeHandle(
    ref,
    () => ({
      move,
      release,
      holds: (target) => target instanceof Node && list.current?.contains(target) === true,
    }),
    [move, release],
  );

  const unacknowledged = [...open.values()].filter((incident) => incident.state === "new").length;
  const worstArrived = [...arrived].flatMap((id) => open.get(id) ?? []).sort(compareIncidents)[0];

  return (
    <section className="queue" aria-label={t("ui.queue.title")}>
      <header className="queue-head">
        <div>
          <h2>{t("ui.queue.open", { count: open.size })}</h2>
          <p className={unacknowledged > 0 ? "strong" : "muted"}>
            {t("ui.queue.unacknowledged", { count: unacknowledged })}
          </p>
        </div>
        <span className="spacer" />
        {worstArrived !== undefined ? (
          <button type="button" className={`pill pill-new pill-${worstArrived.level}`} onClick={resort}>
            <LevelBadge level={worstArrived.level} size={18} word="hidden" />
            <span aria-hidden="true">▲</span> {t("ui.queue.arrived", { count: arrived.size })}
          </button>
        ) : (
          stale && (
            <button type="button" className="pill" onClick={resort}>
              {t("ui.queue.resort")}
            </button>
          )
        )}
        <button
          type="button"
          className={`button icon${paused ? " primary" : " quiet"}`}
          aria-pressed={paused}
          aria-label={t("ui.queue.pause")}
          title={`${t("ui.queue.pause")} (L)`}
          onClick={() => onPause(!paused)}
        >
          <Icon name={paused ? "play" : "pause"} size={16} />
        </button>
      </header>
      {paused && (
        <p className="queue-paused" role="status">
          {t("ui.queue.paused")}
        </p>
      )}
      <ol ref={list} className="queue-list" {...hold.handlers} aria-busy={!loaded}>
        {order.map((id) => {
          const incident = byId.get(id) ?? known.current.get(id);
          if (incident === undefined) return null;
          return (
            <QueueRow
              key={id}
              incident={incident}
              gone={!open.has(id)}
              arrived={arrived.has(id)}
              selected={id === selected}
              tabbable={id === (selected !== null && order.includes(selected) ? selected : first)}
              onSelect={onSelect}
            />
          );
        })}
        <li className="queue-spacer" aria-hidden="true" />
      </ol>
      {loaded && order.length === 0 && (
        <div className="queue-empty">
          <p className="strong">{t("ui.queue.empty")}</p>
          {lastHeardMs !== null && (
            <p>
              {t("ui.queue.last")} <Time iso={new Date(lastHeardMs).toISOString()} as="short" />
            </p>
          )}
          <p className="muted">{t("ui.queue.empty_hint")}</p>
        </div>
      )}
      {!loaded && (
        <p className="queue-empty muted" role="status">
          {t("ui.queue.loading")}
        </p>
      )}
    </section>
  );
}

function rowOf(list: HTMLElement | null, id: string): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`button[data-id="${CSS.escape(id)}"]`) ?? null;
}

/** Id of the row that has the focus. */
function focusedRow(list: HTMLElement | null): string | undefined {
  const active = document.activeElement;
  return active instanceof HTMLElement && list?.contains(active) ? active.dataset.id : undefined;
}

function focusRow(list: HTMLElement | null, id: string): void {
  const row = rowOf(list, id);
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

/**
 * Keeps the focused row (or else the one under the pointer) at the same place on the screen when rows come in
 * above it: the list scrolls by as much as they take. A spacer at the end makes room to scroll where there is none.
 */
function useAnchor(
  list: React.RefObject<HTMLOListElement | null>,
  order: readonly string[],
  pointed: React.RefObject<string | null>,
): void {
  const anchor = useRef<{ id: string; top: number } | null>(null);

  const remember = useCallback(() => {
    const element = list.current;
    if (element === null) return;
    const id = focusedRow(element) ?? pointed.current;
    const row = id == null ? null : rowOf(element, id);
    anchor.current = row === null || id == null ? null : { id, top: row.getBoundingClientRect().top };
  }, [list, pointed]);

  useLayoutEffect(() => {
    void order;
    const element = list.current;
    const held = anchor.current;
    if (element !== null && held !== null) {
      const row = rowOf(element, held.id);
      const spacer = element.querySelector<HTMLElement>(".queue-spacer");
      if (row !== null && spacer !== null) {
        const shift = row.getBoundingClientRect().top - held.top;
        if (shift !== 0) {
          const wanted = element.scrollTop + shift;
          const rowsHeight =
            spacer.getBoundingClientRect().top - element.getBoundingClientRect().top + element.scrollTop;
          const room = wanted + element.clientHeight - rowsHeight;
          if (room > spacer.offsetHeight) spacer.style.height = `${room}px`;
          element.scrollTop = wanted;
        }
      }
    } else if (element !== null) {
      const spacer = element.querySelector<HTMLElement>(".queue-spacer");
      if (spacer !== null && element.scrollTop === 0) spacer.style.height = "0";
    }
    remember();
  }, [order, list, remember]);

  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const events = ["scroll", "focusin", "focusout", "pointermove", "pointerleave"] as const;
    for (const name of events) element.addEventListener(name, remember, { passive: true });
    return () => {
      for (const name of events) element.removeEventListener(name, remember);
    };
  }, [list, remember]);
}
