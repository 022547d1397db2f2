import { post } from "../api/client";
import type { Ticket } from "../api/hazards";
import { useAction } from "../console/useAction";
import { ReasonList } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useNames } from "../state/names";
import { useMay } from "../state/session";

interface Props {
  ticket: Ticket;
  onClosed: () => void;
  /** False on the station's own page. */
  named?: boolean;
}

/** A job for whoever mends the instruments: what, where, since when; urgent when it is silent in a storm. */
export function TicketRow({ ticket, onClosed, named = true }: Props) {
  const t = useT();
  const names = useNames();
  const mayClose = useMay("ticket");
  const { busy, run } = useAction();
  const { subject } = ticket;
  const urgent = ticket.priority === "high";
  return (
    <li className="ticket" data-ticket={ticket.id}>
      <div className="grow">
        <p>
          {urgent && <span className="tag hot">{t("ui.ticket.urgent")}</span>}{" "}
          <span className="strong">{t.maybe(`ui.ticket.kind.${ticket.kind}`) ?? ticket.kind}</span>
          {named && (
            <>
              {" · "}
              {ticket.station ? (
                <a {...linkTo(`/stations/${encodeURIComponent(ticket.station)}`)}>
                  {names(ticket.station) ?? ticket.station}
                </a>
              ) : (
                (names(subject) ?? subject)
              )}
            </>
          )}
        </p>
        <ReasonList reasons={ticket.reasons} />
        <p className="muted">
          {t("ui.ticket.since")} <Time iso={ticket.opened_at} />
          {ticket.closed_at && (
            <>
              {" · "}
              {t("ui.ticket.closed")} <Time iso={ticket.closed_at} as="short" />
            </>
          )}
        </p>
      </div>
      {mayClose && ticket.state !== "closed" && (
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() =>
            void run(
              () => post(`/devices/tickets/${encodeURIComponent(ticket.id)}/close`),
              t("ui.ticket.was_closed"),
            ).then((ok) => ok && onClosed())
          }
        >
          {t("ui.ticket.close")}
        </button>
      )}
    </li>
  );
}
