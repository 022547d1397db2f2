import { useEffect, useState } from "react";
import type { Coded, Level, Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { LevelBadge } from "../design/Level";
import { Loaded } from "../design/Loaded";
import { ReasonList, ReasonText } from "../design/Reasons";
import { showDay } from "../fire/days";
import { useT } from "../i18n";
import { useQuery } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { CountDialog } from "./CountDialog";

interface Row {
  area: string;
  name: string;
  disease: string;
  day: string | null;
  week: string | null;
  count: number | null;
  baseline: number | null;
  threshold: number | null;
  method: string;
  level: Level;
  reasons: Coded[];
  /** Why this method says nothing. */
  silent: Coded | null;
}

interface Answer extends Page<Row> {
  diseases?: { id: string; name: string }[];
}

/** Counts of illness against what is usual, by area and disease, with the method that judged each. */
export function EpidemicPage() {
  const t = useT();
  const mayEnter = useMay("counts");
  const [entering, setEntering] = useState(false);
  const [disease, setDisease] = useQuery("disease");
  const resource = useResource<Answer>("/epidemic", {
    topics: ["epidemic", "incident"],
    everyMs: 120_000,
  });
  useEffect(() => setPageTitle(`${t("ui.nav.epidemic")} – EOC`), [t]);
  return (
    <div className="table-page">
      <header className="page-head page-row">
        <div className="grow">
          <h1>{t("ui.nav.epidemic")}</h1>
          <p className="muted">{t("ui.epidemic.explained")}</p>
        </div>
        {mayEnter && (
          <button type="button" className="button" onClick={() => setEntering(true)}>
            {t("ui.epidemic.enter")}
          </button>
        )}
      </header>
      {entering && (
        <CountDialog
          diseases={resource.data?.diseases ?? []}
          onDone={(done) => {
            setEntering(false);
            if (done) resource.reload();
          }}
        />
      )}
      <Loaded resource={resource}>
        {({ items, diseases: known }) => {
          const diseases = [...new Set(items.map((each) => each.disease))].sort();
          const diseaseName = (id: string) => known?.find((each) => each.id === id)?.name ?? id;
          const shown = items
            .filter((each) => disease === null || each.disease === disease)
            .sort((a, b) => b.level - a.level || excess(b) - excess(a) || a.name.localeCompare(b.name, "vi"));
          if (items.length === 0)
            return (
              <div className="queue-empty">
                <p className="strong">{t("ui.epidemic.none")}</p>
                <p className="muted">{t("ui.epidemic.none_hint")}</p>
              </div>
            );
          return (
            <>
              {diseases.length > 1 && (
                <div className="table-tools">
                  <label>
                    <span className="visually-hidden">{t("ui.epidemic.disease")}</span>
                    <select
                      value={disease ?? ""}
                      onChange={(event) => setDisease(event.target.value || null)}
                    >
                      <option value="">{t("ui.epidemic.every")}</option>
                      {diseases.map((each) => (
                        <option key={each} value={each}>
                          {diseaseName(each)}
                        </option>
                      ))}
                    </select>
                  </label>
                </div>
              )}
              <div className="table-scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{t("ui.station.level")}</th>
                      <th scope="col">{t("ui.area")}</th>
                      <th scope="col">{t("ui.epidemic.disease")}</th>
                      <th scope="col">{t("ui.epidemic.period")}</th>
                      <th scope="col" className="num">
                        {t("ui.epidemic.count")}
                      </th>
                      <th scope="col" className="num">
                        {t("ui.epidemic.baseline")}
                      </th>
                      <th scope="col" className="num">
                        {t("ui.epidemic.threshold")}
                      </th>
                      <th scope="col">{t("ui.epidemic.method")}</th>
                      <th scope="col">{t("ui.epidemic.why")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((each) => (
                      <tr key={`${each.area}${each.disease}${each.method}${each.day ?? each.week}`}>
                        <td>
                          <LevelBadge level={each.level} size={24} />
                        </td>
                        <th scope="row">{each.name}</th>
                        <td>{diseaseName(each.disease)}</td>
                        <td>{each.day !== null ? showDay(each.day) : (each.week ?? "–")}</td>
                        <td className="num strong">{each.count === null ? "?" : t.number(each.count)}</td>
                        <td className="num">{each.baseline === null ? "–" : t.number(each.baseline, 1)}</td>
                        <td className="num">{each.threshold === null ? "–" : t.number(each.threshold, 1)}</td>
                        <td>{t.maybe(`ui.epidemic.method_name.${each.method}`) ?? each.method}</td>
                        <td className="wrap">
                          {each.silent !== null ? (
                            <span className="muted">
                              <ReasonText reason={each.silent} />
                            </span>
                          ) : (
                            <ReasonList reasons={each.reasons} />
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function excess(each: Row): number {
  return each.count === null || each.threshold === null ? -1 : each.count - each.threshold;
}
