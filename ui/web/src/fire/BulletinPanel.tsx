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
  const resource = useResource<Page<FireBulletin>>("/fire/bulletins", { topics: ["fire", "bulletin"] });
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

function OneBulletin({ bulletin, onChanged }: { bulletin: FireBulletin; onChanged: () => void }) {
  const t = useT();
  const names = useNames();
  const may = useMay("fire_bulletin");
  const { busy, run } = useAction();
  const path = `/fire/bulletins/${encodeURIComponent(bulletin.id)}`;
  const version = bulletin.version === undefined ? {} : { expected_version: bulletin.version };
  const act = (verb: string, done: string, body: Record<string, unknown> = {}) =>
    void run(() => post(`${path}/${verb}`, { ...version, ...body }), done).then((ok) => ok && onChanged());
  const text =
    bulletin.text == null ? null : typeof bulletin.text === "string" ? bulletin.text : t.local(bulletin.text);
  const serious = [...(bulletin.items ?? [])]
    .filter((each) => (each.level ?? 0) >= 3)
    .sort((a, b) => (b.level ?? 0) - (a.level ?? 0));
  return (
    <article className="fire-bulletin" data-bulletin={bulletin.id}>
      <div className="card-head">
        <h3>{t("ui.fire.bulletin", { day: showDay(bulletin.day) })}</h3>
        <span className={`tag${bulletin.state === "draft" ? " caution" : " ok"}`}>
          {t.maybe(`ui.fire.bulletin_state.${bulletin.state}`) ?? bulletin.state}
        </span>
      </div>
      {bulletin.signed_by && bulletin.signed_at && (
        <p className="muted">
          {t("ui.fire.signed_by", { name: bulletin.signed_by })}{" "}
          <Time iso={bulletin.signed_at} as="absolute" />
          {bulletin.sent_at && (
            <>
              {" · "}
              {t("ui.fire.sent")} <Time iso={bulletin.sent_at} as="absolute" />
            </>
          )}
        </p>
      )}
      {text !== null && <p className="bulletin-text">{text}</p>}
      {serious.length > 0 && (
        <ul className="fire-items">
          {serious.slice(0, 12).map((each) => (
            <li key={each.area}>
              <FireLevel level={each.level as 3 | 4 | 5} size={20} word="hidden" />{" "}
              {each.name ?? names(each.area) ?? each.area}
              {each.owner && <span className="muted"> · {each.owner}</span>}
            </li>
          ))}
        </ul>
      )}
      {may && bulletin.state === "draft" && (
        <button
          type="button"
          className="button primary"
          disabled={busy}
          onClick={() => act("sign", t("ui.fire.was_signed"))}
        >
          {t("ui.fire.sign")}
        </button>
      )}
      {may && bulletin.state === "signed" && (
        <button
          type="button"
          className="button primary"
          disabled={busy}
          onClick={() => act("send", t("ui.fire.was_sent"))}
        >
          {t("ui.fire.send")}
        </button>
      )}
      {(bulletin.recipients ?? []).length > 0 && (
        <ul className="party-list">
          {(bulletin.recipients ?? []).map((each) => {
            const id = each.id ?? each.body ?? each.name;
            return (
              <li key={id}>
                <span className="grow">{each.name}</span>
                {each.acknowledged_at ? (
                  <span className="tag ok">
                    {t("ui.fire.acknowledged")} <Time iso={each.acknowledged_at} as="short" />
                  </span>
                ) : may && bulletin.state !== "draft" && bulletin.state !== "signed" ? (
                  <button
                    type="button"
                    className="button small"
                    aria-label={t("ui.fire.acknowledge_for", { name: each.name })}
                    disabled={busy}
                    onClick={() =>
                      act("acknowledge", t("ui.fire.was_acknowledged"), { recipient: id, name: each.name })
                    }
                  >
                    {t("ui.fire.acknowledge")}
                  </button>
                ) : (
                  <span className="tag">{t("ui.fire.waiting")}</span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </article>
  );
}
