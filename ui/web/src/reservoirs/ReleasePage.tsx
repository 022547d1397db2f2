import { useEffect, useState } from "react";
import type { Release } from "../api/hazards";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { linkTo } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { CancelReleaseDialog } from "./CancelReleaseDialog";
import { NoticePage } from "./NoticePage";
import { Parties } from "./Parties";
import { ReleaseClock } from "./ReleaseClock";
import { ReleaseFacts } from "./ReleaseFacts";
import { ReleaseRecord } from "./ReleaseRecord";
import { isOpenRelease } from "./values";

export function ReleasePage({ id, reservoir }: { id: string | null; reservoir: string | null }) {
  if (id === null || id === "new") return <NoticePage reservoir={reservoir} held={null} />;
  return <OneRelease key={id} id={id} />;
}

function OneRelease({ id }: { id: string }) {
  const t = useT();
  const resource = useResource<Release>(`/releases/${encodeURIComponent(id)}`, {
    topics: ["station"],
    everyMs: 15_000,
  });
  const mayEnter = useMay("release");
  const [doing, setDoing] = useState<"update" | "cancel" | null>(null);
  const name = resource.data?.reservoir_name ?? t("ui.release.one");
  useEffect(() => setPageTitle(`${t("ui.release.title", { name })} – EOC`), [t, name]);
  const open = resource.data !== undefined && isOpenRelease(resource.data);
  const may = mayEnter && open;
  useKeys({ e: () => may && setDoing("update"), x: () => may && setDoing("cancel") });
  if (doing === "update" && resource.data !== undefined) {
    return (
      <NoticePage
        reservoir={resource.data.reservoir}
        held={resource.data}
        onDone={() => {
          setDoing(null);
          resource.reload();
        }}
      />
    );
  }
  return (
    <div className="station-page">
      <a className="back" {...linkTo("/reservoirs")}>
        ← {t("ui.nav.reservoirs")}
      </a>
      <Loaded resource={resource}>
        {(release) => (
          <>
            <header className="page-head page-row">
              <div>
                <h1>{t("ui.release.title", { name: release.reservoir_name })}</h1>
                <p className="case-meta">
                  <span>{t("ui.release.number", { number: release.notice })}</span>
                  <span>{t("ui.release.version", { version: release.version })}</span>
                  <span className={`tag${release.state === "running" ? " hot" : ""}`}>
                    {t.maybe(`ui.release.state.${release.state}`) ?? release.state}
                  </span>
                  {release.late && <span className="tag bad">{t("ui.release.late_notice")}</span>}
                  <a {...linkTo(`/reservoirs/${encodeURIComponent(release.reservoir)}`)}>
                    {release.reservoir_name}
                  </a>
                  {release.incident !== null && (
                    <a {...linkTo(`/incidents/${encodeURIComponent(release.incident)}`)}>
                      {t("ui.release.case")}
                    </a>
                  )}
                </p>
              </div>
              <span className="spacer" />
              {may && (
                <div className="button-row">
                  <button type="button" className="button" onClick={() => setDoing("update")}>
                    {t("ui.release.update")}{" "}
                    <span className="key" aria-hidden="true">
                      E
                    </span>
                  </button>
                  <button type="button" className="button" onClick={() => setDoing("cancel")}>
                    {t("ui.release.cancel")}{" "}
                    <span className="key" aria-hidden="true">
                      X
                    </span>
                  </button>
                </div>
              )}
            </header>
            <div className="release-page">
              <ReleaseClock release={release} onChanged={resource.reload} />
              <div className="release-side">
                <section className="card">
                  <h2>{t("ui.release.notice")}</h2>
                  <ReleaseFacts release={release} />
                </section>
                <Parties release={release} onChanged={resource.reload} />
                <ReleaseRecord release={release} />
              </div>
            </div>
            {doing === "cancel" && (
              <CancelReleaseDialog
                release={release}
                onDone={() => {
                  setDoing(null);
                  resource.reload();
                }}
              />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}
