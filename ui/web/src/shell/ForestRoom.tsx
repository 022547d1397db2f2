import { useState } from "react";
import { Toasts } from "../console/Toasts";
import { FirePage } from "../fire/FirePage";
import { useT } from "../i18n";
import { HelpDialog } from "./HelpDialog";
import { useKeys } from "./keyboard";
import { SettingsButton } from "./Settings";
import { UserMenu } from "./UserMenu";

/** What the ranger service sees of the room: the fire danger, its bulletins to sign, burning and hot spots. */
export function ForestRoom() {
  const t = useT();
  const [help, setHelp] = useState(false);
  useKeys({ "?": () => setHelp(true) });
  return (
    <div className="app">
      <header className="topbar">
        <span className="brand">
          <span className="brand-mark">EOC</span>
          <span className="brand-name">{t("ui.nav.fire")}</span>
        </span>
        <span className="spacer" />
        <SettingsButton onHelp={() => setHelp(true)} />
        <UserMenu />
      </header>
      <main id="main" className="page page-monitor" tabIndex={-1}>
        <div className="monitor-body">
          <FirePage mapless />
        </div>
        <Toasts />
      </main>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}
