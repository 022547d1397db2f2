import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setClientHooks } from "./api/client";
import "./design/fonts.css";
import "./design/tokens.css";
import "./design/base.css";
import "./design/controls.css";
import "./design/layout.css";
import "./console/console.css";
import "./map/map.css";
import "./stations/stations.css";
import "./warnings/warnings.css";
import "./monitor/monitor.css";
import "./reservoirs/reservoirs.css";
import { startPreferences } from "./prefs/preferences";
import { App } from "./shell/App";
import { startRouter } from "./shell/router";
import { endSession } from "./state/session";
import { noteServerDate, startTicking } from "./time/clock";

startPreferences();
startRouter();
startTicking();
setClientHooks({ onUnauthorised: endSession, onServerDate: noteServerDate });

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
