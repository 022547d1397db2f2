import { useState } from "react";
import { post } from "../api/client";
import type { Proposal } from "../api/hazards";
import type { IncidentDetail } from "../api/types";
import { ReasonList } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { loadIncident } from "../state/incidents";
import { useMay } from "../state/session";
import { useAction } from "./useAction";

/** Compound hazards: the engine proposes to raise the case, with reasons; a supervisor decides. Never automatic. */
export function Uplifts({ detail }: { detail: IncidentDetail }) {
  const proposals = (detail.proposals ?? []).filter((each) => each.kind === "uplift");
  if (proposals.length === 0) return null;
  return (
    <>
      {proposals.map((proposal) => (
        <Uplift key={proposal.id} detail={detail} proposal={proposal} />
      ))}
    </>
  );
}

const HIGHEST = 5;

function Uplift({ detail, proposal }: { detail: IncidentDetail; proposal: Proposal }) {
  const t = useT();
  const mayDecide = useMay("uplift");
  const [reason, setReason] = useState("");
  const { busy, problem, run, fail } = useAction(true);
  const open = proposal.state === "open";
  // The case may have moved since it was proposed; what is raised is the level it has now.
  const to = open ? Math.min(detail.level + proposal.add, HIGHEST) : proposal.to;
  const decide = async (accept: boolean) => {
    if (!accept && reason.trim() === "") {
      fail(t("ui.uplift.why_not"));
      return;
    }
    const body = {
      expected_version: detail.version,
      proposal: proposal.id,
      accept,
      ...(reason.trim() === "" ? {} : { reason: reason.trim().normalize("NFC") }),
    };
    const done = await run(
      () => post(`/incidents/${encodeURIComponent(detail.id)}/uplift`, body),
      accept ? t("ui.uplift.accepted") : t("ui.uplift.declined"),
    );
    if (done) await loadIncident(detail.id).catch(() => undefined);
  };
  return (
    <section className="uplift" aria-label={t("ui.uplift.title", { add: proposal.add, to })}>
      <h3>{t("ui.uplift.title", { add: proposal.add, to })}</h3>
      <ReasonList reasons={proposal.reasons} />
      {!open && (
        <p className="muted">
          {t.maybe(`ui.uplift.state.${proposal.state}`) ?? proposal.state}
          {proposal.answered_by && proposal.answered_at && (
            <>
              {" "}
              {proposal.answered_by} · <Time iso={proposal.answered_at} as="absolute" />
            </>
          )}
        </p>
      )}
      {open && !mayDecide && <p className="muted">{t("ui.uplift.supervisor")}</p>}
      {open && mayDecide && (
        <>
          <label className="field">
            <span className="field-label">{t("ui.uplift.reason")}</span>
            <input type="text" value={reason} onChange={(event) => setReason(event.target.value)} />
          </label>
          <div className="button-row">
            <button
              type="button"
              className="button primary"
              disabled={busy}
              onClick={() => void decide(true)}
            >
              {t("ui.uplift.accept", { to })}
            </button>
            <button type="button" className="button" disabled={busy} onClick={() => void decide(false)}>
              {t("ui.uplift.decline")}
            </button>
          </div>
        </>
      )}
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
