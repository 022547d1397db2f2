import { useT } from "../i18n";

/** Where the nearest camera's still will stand; until one is connected, that there is none. */
export function CameraSlot() {
  const t = useT();
  return (
    <section className="card camera-slot">
      <h2>{t("ui.camera.title")}</h2>
      <div className="camera-none">
        <p className="strong">{t("ui.camera.none")}</p>
        <p className="muted">{t("ui.camera.none_hint")}</p>
      </div>
    </section>
  );
}
