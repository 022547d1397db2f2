import { useEffect } from "react";
import type { Feed } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { ReasonText } from "../design/Reasons";
import { useT } from "../i18n";
import { useResource } from "../state/resource";
import { shortTime } from "../time/ict";
import { durationText } from "../warnings/words";

const TONE: Record<Feed["state"], string> = {
  good: "ok",
  late: "caution",
  failing: "bad",
  never: "caution",
  off: "",
};
const ORDER: Record<Feed["state"], number> = { failing: 0, late: 1, never: 2, good: 3, off: 4 };

/** The outside sources that are asked: when each last answered well, and what is wrong since. */
export function FeedsPage() {
  const t = useT();
  const feeds = useResource<Page<Feed>>("/feeds", { topics: ["feed", "system"], everyMs: 15_000 });
  useEffect(() => setPageTitle(`${t("ui.nav.feeds")} – EOC`), [t]);
  return (
    <div className="table-page">
      <header className="page-head">
        <h1>{t("ui.nav.feeds")}</h1>
        <p className="muted">{t("ui.feeds.explained")}</p>
      </header>
      <Loaded resource={feeds}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="queue-empty">
              <p className="strong">{t("ui.feeds.none")}</p>
              <p className="muted">{t("ui.feeds.none_hint")}</p>
            </div>
          ) : (
            <div className="table-scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("ui.feeds.state")}</th>
                    <th scope="col">{t("ui.feeds.name")}</th>
                    <th scope="col">{t("ui.feeds.kind")}</th>
                    <th scope="col">{t("ui.feeds.last_good")}</th>
                    <th scope="col">{t("ui.feeds.interval")}</th>
                    <th scope="col" className="num">
                      {t("ui.feeds.failures")}
                    </th>
                    <th scope="col">{t("ui.feeds.error")}</th>
                  </tr>
                </thead>
                <tbody>
                  {[...items]
                    .sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.id.localeCompare(b.id, "vi"))
                    .map((feed) => (
                      <Row key={feed.id} feed={feed} />
                    ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

function Row({ feed }: { feed: Feed }) {
  const t = useT();
  return (
    <tr data-feed={feed.id}>
      <td>
        <span className={`tag ${TONE[feed.state]}`}>{t(`ui.feeds.state_name.${feed.state}`)}</span>
      </td>
      <th scope="row">
        {t.local(feed.name)}
        <span className="muted under">
          {feed.from} · {feed.via}
        </span>
      </th>
      <td>{t.maybe(`ui.feeds.kind_name.${feed.kind}`) ?? feed.kind}</td>
      <td>
        {feed.last_good_at === null || feed.age_s === null ? (
          t("ui.feeds.never")
        ) : (
          // Feeds live by the wall clock, whatever the data's own clock says: the age is the server's.
          <>
            <time dateTime={feed.last_good_at}>{shortTime(Date.parse(feed.last_good_at))}</time>{" "}
            <span className="muted">({t("ui.age.ago", { age: durationText(t, feed.age_s) })})</span>
          </>
        )}
      </td>
      <td>{durationText(t, feed.interval_s)}</td>
      <td className="num">{t.number(feed.failures)}</td>
      <td className="wrap">
        {feed.last_error !== null ? <ReasonText reason={feed.last_error} /> : "–"}
        {feed.missing.length > 0 && (
          <span className="muted under">
            {t("ui.feeds.missing", {
              names: [...new Set(feed.missing.map((each) => each.station))].join(", "),
            })}
          </span>
        )}
        {feed.unmapped.length > 0 && (
          <span className="muted under">{t("ui.feeds.unmapped", { names: feed.unmapped.join(", ") })}</span>
        )}
      </td>
    </tr>
  );
}
