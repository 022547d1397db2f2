import { useState } from "react";
import { post } from "../api/client";
import type { FireBulletin } from "../api/hazards";
import type { Page } from "../api/types";
import { useAction } from "../console/useAction";
import { FireLevel } from "../design/FireLevel";
import { Loaded } from "../design/Loaded";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useNames } from "../state/names";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { showDay } from "./days";

/** The draft of the afternoon: signed by the ranger service, sent, and acknowledged by each who got it. */
export function BulletinPanel({ day }: { day: string }) {
  const t = useT();
  const resource = useResource<Page<FireBulletin>>("/fire/bulletins", { topics: ["fire"] });
  return (
    <Loaded resource={resource}>
      {({ items }) => {
        const own = items.filter((each) => each.day === day);
        const others = items.filter((each) => each.day !== day).slice(0, 6);
        return (
          <>
            {own.length === 0 && (
              <div className="queue-empty">
                <p className="strong">{t("ui.fire.no_draft")}</p>
                <p className="muted">{t("ui.fire.no_draft_hint")}</p>
              </div>
            )}
            {own.map((each) => (
              <OneBulletin key={each.id} bulletin={each} onChanged={resource.reload} />
            ))}
            {others.length > 0 && (
              <section className="side-section">
                <h3>{t("ui.fire.earlier")}</h3>
                <ul className="plain-list">
                  {others.map((each) => (
                    <li key={each.id}>
                      {showDay(each.day)}{" "}
                      <span className="tag">
                        {t.maybe(`ui.fire.bulletin_state.${each.state}`) ?? each.state}
                      </span>
                    </li>
                  ))}
                </ul>
              </section>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

const CHANNELS = ["printed", "email", "zalo", "phone", "radio", "fax", "sms"] as const;

function OneBulletin({ bulletin, onChanged }: { bulletin: FireBulletin; onChanged: () => void }) {
  const t = useT();
  const maySign = useMay("sign_fire");
  const mayDesk = useMay("fire_desk");
  const [channels, setChannels] = useState<string[]>(["printed"]);
  const { busy, run } = useAction();
  const path = `/fire/bulletins/${encodeURIComponent(bulletin.id)}`;
  const act = (verb: string, done: string, body: Record<string, unknown>) =>
    void run(() => post(`${path}/${verb}`, body), done).then((ok) => ok && onChanged());
  const people = bulletin.recipients ?? [];
  const waiting = people.filter((each) => each.acknowledged_at === null).length;
  const sent = bulletin.state === "sent" || bulletin.state === "acknowledged";
  return (
    <article className="fire-bulletin" data-bulletin={bulletin.id}>
      <div className="card-head">
        <h3>{t("ui.fire.bulletin", { day: showDay(bulletin.day) })}</h3>
        <span className={`tag${bulletin.state === "draft" ? " caution" : " ok"}`}>
          {t.maybe(`ui.fire.bulletin_state.${bulletin.state}`) ?? bulletin.state}
        </span>
        <span className="spacer" />
        <a className="button small" href={`/api/v1${path}/page`} target="_blank" rel="noreferrer">
          {t("ui.fire.page")}
        </a>
      </div>
      {bulletin.signed_by && bulletin.signed_at && (
        <p className="muted">
          {t("ui.fire.signed_by", { name: bulletin.signed_by })}{" "}
          <Time iso={bulletin.signed_at} as="absolute" />
          {bulletin.sent_at && (
            <>
              {" · "}
              {t("ui.fire.sent")} <Time iso={bulletin.sent_at} as="absolute" /> (
              {(bulletin.channels ?? []).map((each) => t.maybe(`ui.fire.channel.${each}`) ?? each).join(", ")}
              )
            </>
          )}
        </p>
      )}
      <Items bulletin={bulletin} />
      {bulletin.text !== undefined && (
        <details>
          <summary>{t("ui.fire.text")}</summary>
          <p className="bulletin-text" lang="vi">
            {bulletin.text}
          </p>
        </details>
      )}
      {bulletin.state === "draft" &&
        (maySign ? (
          <button
            type="button"
            className="button primary"
            disabled={busy}
            onClick={() =>
              act("sign", t("ui.fire.was_signed"), { expected_version: bulletin.version ?? null })
            }
          >
            {t("ui.fire.sign")}
          </button>
        ) : (
          <p className="notice">{t("ui.fire.sign_who")}</p>
        ))}
      {bulletin.state === "signed" && mayDesk && (
        <fieldset className="channels">
          <legend className="field-label">{t("ui.fire.channels")}</legend>
          {CHANNELS.map((each) => (
            <label className="check" key={each}>
              <input
                type="checkbox"
                checked={channels.includes(each)}
                onChange={() =>
                  setChannels((held) =>
                    held.includes(each) ? held.filter((one) => one !== each) : [...held, each],
                  )
                }
              />
              {t(`ui.fire.channel.${each}`)}
            </label>
          ))}
          <button
            type="button"
            className="button primary"
            disabled={busy || channels.length === 0}
            onClick={() => act("send", t("ui.fire.was_sent"), { channels })}
          >
            {t("ui.fire.send")}
          </button>
        </fieldset>
      )}
      {people.length > 0 && (
        <>
          <p className="muted">{t("ui.fire.recipients", { waiting, total: people.length })}</p>
          <ul className="party-list">
            {people.map((each) => (
              <li key={`${each.kind}-${each.recipient}`}>
                <span className="grow">{each.name ?? each.recipient}</span>
                {each.acknowledged_at !== null ? (
                  <span className="tag ok">
                    {t("ui.fire.acknowledged")} <Time iso={each.acknowledged_at} as="short" />
                  </span>
                ) : sent && mayDesk ? (
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    onClick={() =>
                      act("acknowledge", t("ui.fire.was_acknowledged"), {
                        recipient: each.recipient,
                        channel: "phone",
                      })
                    }
                  >
                    {t("ui.fire.acknowledge")}
                    <span className="visually-hidden"> – {each.name ?? each.recipient}</span>
                  </button>
                ) : (
                  <span className="tag">{t("ui.fire.waiting")}</span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </article>
  );
}

function Items({ bulletin }: { bulletin: FireBulletin }) {
  const t = useT();
  const names = useNames();
  const items = bulletin.items ?? [];
  return (
    <>
      <ul className="fire-items">
        {items.slice(0, 12).map((each) => (
          <li key={each.area}>
            <FireLevel level={each.level as 1 | 2 | 3 | 4 | 5} size={20} word="hidden" />{" "}
            {each.name ?? names(each.area) ?? each.area}
          </li>
        ))}
        {(bulletin.owners ?? []).map((each) => (
          <li key={each.id}>
            <FireLevel level={each.level as 1 | 2 | 3 | 4 | 5} size={20} word="hidden" /> {each.name}
            <span className="muted"> · {each.areas.map((code) => names(code) ?? code).join(", ")}</span>
          </li>
        ))}
      </ul>
      {items.length > 12 && <p className="muted">{t("ui.fire.more", { count: items.length - 12 })}</p>}
      {(bulletin.not_computed ?? 0) > 0 && (
        <p className="muted">{t("ui.fire.not_computed", { count: bulletin.not_computed ?? 0 })}</p>
      )}
    </>
  );
}
