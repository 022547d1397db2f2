import { useEffect } from "react";
import type { Feed } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useResource } from "../state/resource";
import { durationText } from "../warnings/words";

const TONE: Record<string, string> = {
  ok: "ok",
  good: "ok",
  late: "caution",
  failing: "bad",
  failed: "bad",
  off: "",
};
const ORDER: Record<string, number> = { failed: 0, failing: 0, late: 1, unknown: 2, off: 4 };

/** The outside sources that are asked: when each last answered well, and what went wrong since. */
export function FeedsPage() {
  const t = useT();
  const feeds = useResource<Page<Feed>>("/feeds", { topics: ["feed", "system"], everyMs: 15_000 });
  useEffect(() => setPageTitle(`${t("ui.nav.feeds")} – EOC`), [t]);
  const name = (feed: Feed) =>
    feed.name === undefined ? feed.id : typeof feed.name === "string" ? feed.name : t.local(feed.name);
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
                    .sort(
                      (a, b) =>
                        (ORDER[a.state] ?? 3) - (ORDER[b.state] ?? 3) || name(a).localeCompare(name(b), "vi"),
                    )
                    .map((feed) => (
                      <tr key={feed.id} data-feed={feed.id}>
                        <td>
                          <span className={`tag ${TONE[feed.state] ?? ""}`}>
                            {t.maybe(`ui.feeds.state_name.${feed.state}`) ?? feed.state}
                          </span>
                        </td>
                        <th scope="row">{name(feed)}</th>
                        <td>
                          {feed.kind === undefined
                            ? "–"
                            : (t.maybe(`ui.feeds.kind_name.${feed.kind}`) ?? feed.kind)}
                        </td>
                        <td>
                          {feed.last_good_at === null ? (
                            t("ui.feeds.never")
                          ) : (
                            <Time iso={feed.last_good_at} />
                          )}
                        </td>
                        <td>{feed.interval_s ? durationText(t, feed.interval_s) : "–"}</td>
                        <td className="num">{feed.failures ?? 0}</td>
                        <td className="wrap">
                          {feed.last_error ? <ReasonText reason={feed.last_error} /> : "–"}
                        </td>
                      </tr>
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
