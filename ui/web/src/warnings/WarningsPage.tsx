import { useEffect } from "react";
import { setPageTitle } from "../attention/alarm";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { navigate, type Route } from "../shell/router";
import { useStore } from "../state/store";
import { loadWarning, loadWarnings, warnings } from "../state/warnings";
import { NewDraft } from "./NewDraft";
import { WarningDetail } from "./WarningDetail";
import { WarningList } from "./WarningList";

export function WarningsPage({ route }: { route: Extract<Route, { page: "warnings" }> }) {
  const t = useT();
  const { byId, loaded } = useStore(warnings);
  const { id, composing, forIncident } = route;
  const chosen = id === null ? undefined : byId.get(id);

  useEffect(() => setPageTitle(`${t("ui.nav.warnings")} – EOC`), [t]);
  useEffect(() => {
    void loadWarnings().catch(() => undefined);
  }, []);
  useEffect(() => {
    if (id !== null) void loadWarning(id).catch(() => undefined);
  }, [id]);
  useKeys({
    Escape: () => {
      if (chosen?.incident) navigate(`/incidents/${chosen.incident}`);
      else if (forIncident !== null) navigate(`/incidents/${forIncident}`);
      else navigate("/");
    },
  });

  return (
    <>
      <h1 className="visually-hidden">{t("ui.nav.warnings")}</h1>
      <WarningList selected={id} />
      <div className="warning-main">
        {composing && <NewDraft key={forIncident} incidentId={forIncident} />}
        {!composing && chosen !== undefined && <WarningDetail key={chosen.id} warning={chosen} />}
        {!composing && chosen === undefined && (
          <div className="empty-page">
            <p className="strong">
              {id !== null && loaded ? t("ui.warning.missing") : t("ui.warning.none_chosen")}
            </p>
            <p className="muted">{t("ui.warning.none_hint")}</p>
          </div>
        )}
      </div>
    </>
  );
}
