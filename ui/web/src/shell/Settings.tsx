import { play, sound, unlockSound } from "../attention/earcons";
import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { preferences, setPreference } from "../prefs/preferences";
import { useStore } from "../state/store";

export function SettingsButton({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  return (
    <>
      <button
        type="button"
        className="button quiet icon"
        popoverTarget="settings"
        aria-label={t("ui.settings.title")}
      >
        <Icon name="settings" />
      </button>
      <div id="settings" className="popover settings" popover="auto">
        <SettingsForm onHelp={onHelp} />
      </div>
    </>
  );
}

function SettingsForm({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const p = useStore(preferences);
  const soundState = useStore(sound);
  return (
    <>
      <h2>{t("ui.settings.title")}</h2>
      <fieldset className="setting">
        <legend>{t("ui.settings.language")}</legend>
        <div className="segmented">
          <button
            type="button"
            lang="vi"
            aria-pressed={p.language === "vi"}
            onClick={() => setPreference("language", "vi")}
          >
            Tiếng Việt
          </button>
          <button
            type="button"
            lang="en"
            aria-pressed={p.language === "en"}
            onClick={() => setPreference("language", "en")}
          >
            English
          </button>
        </div>
      </fieldset>
      <fieldset className="setting">
        <legend>{t("ui.settings.theme")}</legend>
        <div className="segmented">
          <button
            type="button"
            aria-pressed={p.theme === "dark"}
            onClick={() => setPreference("theme", "dark")}
          >
            {t("ui.settings.dark")}
          </button>
          <button
            type="button"
            aria-pressed={p.theme === "light"}
            onClick={() => setPreference("theme", "light")}
          >
            {t("ui.settings.light")}
          </button>
        </div>
      </fieldset>
      <fieldset className="setting">
        <legend>{t("ui.settings.sound")}</legend>
        {soundState === "locked" ? (
          <button
            type="button"
            className="button"
            onClick={() => void unlockSound().then(() => play("normal"))}
          >
            {t("ui.sound.enable")}
          </button>
        ) : (
          <label className="check">
            <input
              type="checkbox"
              checked={!p.muted}
              onChange={(event) => setPreference("muted", !event.target.checked)}
            />
            {t("ui.settings.sound_on")}
          </label>
        )}
        <label className="slider">
          <span>{t("ui.settings.volume")}</span>
          <input
            type="range"
            min="0"
            max="100"
            step="5"
            value={p.volume}
            onChange={(event) => setPreference("volume", Number(event.target.value))}
          />
          <output>{p.volume}%</output>
        </label>
        <div className="tests">
          {(["critical", "high", "normal"] as const).map((earcon) => (
            <button
              type="button"
              className="button"
              key={earcon}
              onClick={() => void unlockSound().then(() => play(earcon))}
            >
              {t(`ui.settings.test.${earcon}`)}
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset className="setting">
        <legend>{t("ui.settings.keyboard")}</legend>
        <label className="check">
          <input
            type="checkbox"
            checked={p.letterKeys}
            onChange={(event) => setPreference("letterKeys", event.target.checked)}
          />
          {t("ui.settings.letter_keys")}
        </label>
        <button type="button" className="button quiet" onClick={onHelp}>
          {t("ui.help.title")}{" "}
          <span className="key" aria-hidden="true">
            ?
          </span>
        </button>
      </fieldset>
    </>
  );
}
