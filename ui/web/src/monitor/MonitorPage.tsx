import type { ReactNode } from "react";
import { Toasts } from "../console/Toasts";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { linkTo, navigate, type Route } from "../shell/router";

/** The screens of what is measured, in the order of their tabs. */
const TABS = [
  { pages: ["stations"], to: "/stations", label: "ui.nav.stations" },
  { pages: ["reservoirs", "releases"], to: "/reservoirs", label: "ui.nav.reservoirs" },
  { pages: ["rain"], to: "/rain", label: "ui.nav.rain" },
  { pages: ["fire"], to: "/fire", label: "ui.nav.fire" },
  { pages: ["epidemic"], to: "/epidemic", label: "ui.nav.epidemic" },
  { pages: ["devices"], to: "/devices", label: "ui.nav.devices" },
  { pages: ["feeds"], to: "/feeds", label: "ui.nav.feeds" },
] as const;

export const MONITOR_PAGES: readonly string[] = TABS.flatMap((tab) => [...tab.pages]);

/** Tabs over the screens of what is measured; `[` and `]` go through them. */
export function MonitorPage({ page, children }: { page: Route["page"]; children: ReactNode }) {
  const t = useT();
  const at = TABS.findIndex((tab) => (tab.pages as readonly string[]).includes(page));
  const go = (by: number) => navigate(TABS[(at + by + TABS.length) % TABS.length]?.to ?? "/stations");
  useKeys({ "[": () => go(-1), "]": () => go(1) });
  return (
    <>
      <nav className="subnav" aria-label={t("ui.nav.monitor")}>
        {TABS.map((tab, index) => (
          <a key={tab.to} {...linkTo(tab.to)} aria-current={index === at ? "page" : undefined}>
            {t(tab.label)}
          </a>
        ))}
      </nav>
      <div className="monitor-body">{children}</div>
      <Toasts />
    </>
  );
}
