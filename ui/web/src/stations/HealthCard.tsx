import { useState } from "react";
import type { Device, Ticket } from "../api/hazards";
import type { Page, Station } from "../api/types";
import { Time } from "../design/Time";
import { HealthTag } from "../devices/HealthTag";
import { MaintenanceDialog } from "../devices/MaintenanceDialog";
import { TicketRow } from "../devices/TicketRow";
import { useT } from "../i18n";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { durationText } from "../warnings/words";

/** The instrument itself: heard when, battery, signal, by which gateway, under maintenance, with which tickets. */
export function HealthCard({ station }: { station: Station }) {
  const t = useT();
  const mayMaintain = useMay("maintenance");
  const [editing, setEditing] = useState(false);
  const devices = useResource<Page<Device>>("/devices", { topics: ["station", "device", "ticket"] });
  const tickets = useResource<Page<Ticket>>("/devices/tickets", {
    topics: ["station", "device", "ticket"],
  });
  const device = devices.data?.items.find((each) => each.station === station.id);
  const health = station.health ?? device;
  const open = tickets.data?.items.filter((each) => each.station === station.id) ?? [];
  const maintenance = device?.maintenance ?? null;
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("ui.health.title")}</h2>
        {health?.state !== undefined && <HealthTag state={health.state} />}
      </div>
      <dl className="pairs">
        <div>
          <dt>{t("ui.health.last_seen")}</dt>
          <dd>{health?.last_seen_at ? <Time iso={health.last_seen_at} /> : "–"}</dd>
        </div>
        {typeof health?.interval_s === "number" && (
          <div>
            <dt>{t("ui.health.interval")}</dt>
            <dd>{durationText(t, health.interval_s)}</dd>
          </div>
        )}
        <div>
          <dt>{t("ui.health.battery")}</dt>
          <dd>
            {typeof health?.battery_v === "number"
              ? `${t.number(health.battery_v, 2)} V`
              : typeof health?.battery_pct === "number"
                ? `${t.number(health.battery_pct, 0)} %`
                : t("ui.health.not_sent")}
          </dd>
        </div>
        <div>
          <dt>{t("ui.health.signal")}</dt>
          <dd>
            {typeof health?.rssi === "number" ? `${t.number(health.rssi, 0)} dBm` : t("ui.health.not_sent")}
          </dd>
        </div>
        {health?.gateway && (
          <div>
            <dt>{t("ui.health.gateway")}</dt>
            <dd>{health.gateway}</dd>
          </div>
        )}
      </dl>
      {maintenance !== null && (
        <p className="notice caution">
          {t("ui.maintenance.on")}
          {maintenance.from !== null && (
            <>
              {" "}
              <Time iso={maintenance.from} as="short" />
            </>
          )}
          {maintenance.to !== null && (
            <>
              {" → "}
              <Time iso={maintenance.to} as="short" />
            </>
          )}
          {maintenance.reason && <> · {maintenance.reason}</>}
          {maintenance.by && <> · {maintenance.by}</>}
        </p>
      )}
      {open.length > 0 && (
        <ul className="ticket-list">
          {open.map((ticket) => (
            <TicketRow key={ticket.id} ticket={ticket} onClosed={tickets.reload} named={false} />
          ))}
        </ul>
      )}
      {open.length === 0 && tickets.data !== undefined && <p className="muted">{t("ui.ticket.none")}</p>}
      {mayMaintain && (
        <button type="button" className="button" onClick={() => setEditing(true)}>
          {maintenance === null ? t("ui.maintenance.begin") : t("ui.maintenance.change")}
        </button>
      )}
      {editing && (
        <MaintenanceDialog
          station={station.id}
          name={station.name}
          held={maintenance}
          onDone={() => {
            setEditing(false);
            devices.reload();
          }}
        />
      )}
    </section>
  );
}
