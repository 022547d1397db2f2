import { memo } from "react";
import type { Incident } from "../api/types";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { digitsOf, mainProperty, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { stations } from "../state/world";

interface Props {
  incident: Incident;
  /** Closed or out of sight, kept in place while the list is held. */
  gone: boolean;
  arrived: boolean;
  selected: boolean;
  tabbable: boolean;
  onSelect: (id: string) => void;
}

export const QueueRow = memo(function QueueRow({
  incident,
  gone,
  arrived,
  selected,
  tabbable,
  onSelect,
}: Props) {
  const t = useT();
  const unacknowledged = incident.state === "new" && !gone;
  const classes = [
    "row",
    unacknowledged && "row-new",
    selected && "row-selected",
    gone && "row-gone",
    arrived && "row-arrived",
  ];
  return (
    <li>
      <button
        type="button"
        className={classes.filter(Boolean).join(" ")}
        data-id={incident.id}
        data-level={incident.level}
        data-state={incident.state}
        aria-current={selected ? "true" : undefined}
        tabIndex={tabbable ? 0 : -1}
        onClick={() => onSelect(incident.id)}
      >
        <LevelBadge level={incident.level} size={32} word="below" />
        <span className="row-main">
          <span className="row-line">
            <span className="row-title">{t.local(incident.title)}</span>
            <span className="row-age">
              <Time iso={incident.opened_at} as="age" />
            </span>
          </span>
          <span className="row-line">
            <span className="row-area truncate">{incident.area_name ?? t("ui.case.no_area")}</span>
            <span className="row-number">#{incident.number}</span>
          </span>
          <span className="row-line">
            <span className="row-detail truncate">
              {incident.station !== null && incident.station !== undefined ? (
                <StationLine id={incident.station} />
              ) : (
                t("ui.queue.evidence", { count: incident.evidence_count })
              )}
            </span>
            <StateTag incident={incident} gone={gone} />
          </span>
        </span>
      </button>
    </li>
  );
});

export function StateTag({ incident, gone = false }: { incident: Incident; gone?: boolean }) {
  const t = useT();
  if (gone || incident.state === "closed") return <span className="tag">{t("state.closed")}</span>;
  if (incident.state === "new") return <span className="tag hot">{t("state.new")}</span>;
  if (incident.stood_down_at) return <span className="tag ok">{t("ui.case.stood_down")}</span>;
  return <span className="tag">{t.code(`state.${incident.state}`)}</span>;
}

function StationLine({ id }: { id: string }) {
  const t = useT();
  const text = useStore(stations, (s) => {
    const station = s.byId.get(id);
    if (station === undefined) return id;
    const property = mainProperty(station);
    const reading = property === null ? undefined : station.latest[property];
    if (property === null || reading === undefined) return station.name;
    const rise = station.hazard_state?.rise_m_per_h ?? 0;
    const trend = rise > 0.02 ? " ↑" : rise < -0.02 ? " ↓" : "";
    return `${station.name} ${t.number(reading.value, digitsOf(property))} ${unitOf(property)}${trend}`;
  });
  return text;
}
