import { useEffect, useMemo, useState } from "react";
import type { Device, Gateway, HealthState, Ticket } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { Segmented } from "../design/Segmented";
import { useT } from "../i18n";
import { useQuery } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { fold } from "../text/fold";
import { CredentialDialog } from "./CredentialDialog";
import { DeviceTable } from "./DeviceTable";
import { GatewayList } from "./GatewayList";
import { isSilentInStorm, SORTS, type SortKey } from "./order";
import { RefusalAlert } from "./RefusalAlert";
import { TicketRow } from "./TicketRow";

const STATES: HealthState[] = ["silent", "late", "unknown", "online", "maintenance"];
const TOPICS = ["station", "device", "gateway", "security", "system"];

/** Every instrument with its health: what is in trouble first, what is silent in a storm before everything. */
export function DevicesPage() {
  const t = useT();
  const mayIssue = useMay("credential");
  const [filter, setFilter] = useQuery("state");
  const [sort, setSort] = useQuery("sort");
  const [query, setQuery] = useState("");
  const [issuing, setIssuing] = useState<{ title: string; path: string; body?: unknown } | null>(null);
  const devices = useResource<Page<Device>>("/devices", { topics: TOPICS });
  const tickets = useResource<Page<Ticket>>("/devices/tickets", { topics: TOPICS });
  const gateways = useResource<Page<Gateway>>("/gateways", { topics: TOPICS });
  useEffect(() => setPageTitle(`${t("ui.nav.devices")} – EOC`), [t]);

  const all = useMemo(() => devices.data?.items ?? [], [devices.data]);
  const order: SortKey = sort !== null && sort in SORTS ? (sort as SortKey) : "trouble";
  const shown = useMemo(() => {
    const wanted = fold(query);
    return all
      .filter((each) => filter === null || each.state === filter)
      .filter(
        (each) =>
          wanted === "" || fold(`${each.name} ${each.station} ${each.gateway ?? ""}`).includes(wanted),
      )
      .sort(SORTS[order]);
  }, [all, filter, query, order]);
  const inStorm = all.filter(isSilentInStorm);

  return (
    <div className="table-page">
      <header className="page-head page-row">
        <h1>{t("ui.nav.devices")}</h1>
        <span className="spacer" />
        {shown.length > 0 && (
          <a
            className="button"
            target="_blank"
            rel="noreferrer"
            href={`/api/v1/devices/sheet?stations=${shown.map((each) => encodeURIComponent(each.station)).join(",")}`}
          >
            {t("ui.device.sheet", { count: shown.length })}
          </a>
        )}
      </header>
      <Loaded resource={devices}>
        {() => (
          <>
            {inStorm.length > 0 && (
              <p className="notice bad" role="alert">
                {t("ui.device.in_storm", {
                  count: inStorm.length,
                  names: inStorm.map((each) => each.name).join(", "),
                })}
              </p>
            )}
            <RefusalAlert devices={all} />
            <ul className="health-counts" aria-label={t("ui.device.counts")}>
              {STATES.map((state) => {
                const count = all.filter((each) => each.state === state).length;
                return (
                  <li key={state}>
                    <button
                      type="button"
                      className={`count-tile tile-${state}`}
                      aria-pressed={filter === state}
                      onClick={() => setFilter(filter === state ? null : state)}
                    >
                      <span className="count-number">{count}</span>
                      <span>{t(`ui.health.state.${state}`)}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
            <div className="table-tools">
              <label className="search-field">
                <span className="visually-hidden">{t("ui.device.find")}</span>
                <input
                  type="search"
                  placeholder={t("ui.device.find")}
                  value={query}
                  onChange={(event) => setQuery(event.target.value)}
                />
              </label>
              <span className="muted">{t("ui.device.sort")}</span>
              <Segmented
                label={t("ui.device.sort")}
                options={(Object.keys(SORTS) as SortKey[]).map((key) => ({
                  value: key,
                  text: t(`ui.device.sort.${key}`),
                }))}
                value={order}
                onChange={(key) => setSort(key === "trouble" ? null : key)}
              />
            </div>
            {shown.length === 0 ? (
              <div className="queue-empty">
                <p className="strong">{t("ui.device.none")}</p>
                <p className="muted">
                  {all.length === 0 ? t("ui.station.none_hint") : t("ui.device.none_hint")}
                </p>
              </div>
            ) : (
              <DeviceTable
                devices={shown}
                onIssue={
                  mayIssue
                    ? (device) =>
                        setIssuing({
                          title: device.name,
                          path: `/stations/${encodeURIComponent(device.station)}/credential`,
                        })
                    : null
                }
              />
            )}
          </>
        )}
      </Loaded>
      <div className="below">
        <section className="card" aria-label={t("ui.ticket.title")}>
          <h2>{t("ui.ticket.title")}</h2>
          <Loaded resource={tickets}>
            {({ items }) =>
              items.length === 0 ? (
                <p className="muted">{t("ui.ticket.none")}</p>
              ) : (
                <ul className="ticket-list">
                  {items.map((ticket) => (
                    <TicketRow key={ticket.id} ticket={ticket} onClosed={tickets.reload} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </section>
        <section className="card" aria-label={t("ui.gateway.title")}>
          <h2>{t("ui.gateway.title")}</h2>
          <Loaded resource={gateways}>
            {({ items }) => (
              <GatewayList
                gateways={items}
                devices={all}
                onIssue={
                  mayIssue
                    ? (gateway) =>
                        setIssuing({
                          title: gateway.name ?? gateway.id,
                          path: `/gateways/${encodeURIComponent(gateway.id)}/credential`,
                          body: { stations: gateway.stations },
                        })
                    : null
                }
              />
            )}
          </Loaded>
        </section>
      </div>
      {issuing !== null && (
        <CredentialDialog
          {...issuing}
          onDone={() => {
            setIssuing(null);
            devices.reload();
            gateways.reload();
          }}
        />
      )}
    </div>
  );
}
