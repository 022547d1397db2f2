import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { setPageTitle } from "../attention/alarm";
import { Icon } from "../design/Icon";
import { type Translator, useT } from "../i18n";
import { problemText } from "../i18n/problem";
import { preferences, setPreference } from "../prefs/preferences";
import { signIn } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { useNow } from "../time/clock";
import { clockTime, dateOnly } from "../time/ict";

function reasonOf(t: Translator, error: unknown): string {
  if (!(error instanceof ApiError)) return t("ui.login.failed");
  if (error.status === 0) return problemText(t, error.problem);
  if (error.status === 401 || error.status === 403) return t("ui.login.wrong");
  if (error.status === 429) return t("ui.login.too_many");
  return problemText(t, error.problem);
}

export function LoginPage() {
  const t = useT();
  const about = useStore(pack);
  const language = useStore(preferences, (p) => p.language);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const nameInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);
  const errorId = useId();
  const nowMs = useNow();

  useEffect(() => {
    nameInput.current?.focus();
  }, []);
  useEffect(() => setPageTitle(`${t("ui.login.title")} – EOC`), [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (name.trim() === "" || password === "") {
      setError(t("ui.login.missing"));
      (name.trim() === "" ? nameInput : passwordInput).current?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await signIn(name.trim(), password);
    } catch (failure) {
      setError(reasonOf(t, failure));
      setBusy(false);
      passwordInput.current?.select();
    }
  };

  return (
    <main className="login">
      <div className="login-card">
        <header className="login-head">
          <span className="brand-mark" aria-hidden="true">
            EOC
          </span>
          <div>
            <p className="login-province">{about === null ? t("ui.brand") : t.local(about.title)}</p>
            <h1>{t("ui.login.heading")}</h1>
          </div>
        </header>
        <form onSubmit={submit} noValidate>
          <div className="field">
            <label htmlFor="username">{t("ui.login.username")}</label>
            <input
              id="username"
              ref={nameInput}
              type="text"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
              aria-describedby={error === null ? undefined : errorId}
              aria-invalid={error !== null}
            />
          </div>
          <div className="field">
            <label htmlFor="password">{t("ui.login.password")}</label>
            <div className="password">
              <input
                id="password"
                ref={passwordInput}
                type={shown ? "text" : "password"}
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                aria-describedby={error === null ? undefined : errorId}
                aria-invalid={error !== null}
              />
              <button
                type="button"
                className="button quiet"
                aria-pressed={shown}
                onClick={() => setShown(!shown)}
              >
                {t(shown ? "ui.login.hide" : "ui.login.show")}
              </button>
            </div>
          </div>
          <p id={errorId} className="login-error" role="alert">
            {error !== null && (
              <>
                <Icon name="warning" size={16} /> {error}
              </>
            )}
          </p>
          <button type="submit" className="button primary large" disabled={busy}>
            {t(busy ? "ui.login.busy" : "ui.login.submit")}
          </button>
        </form>
        {about?.demo === true && (
          <div className="notice">
            <p className="strong">{t("ui.login.demo_title")}</p>
            <p>{t("ui.login.demo_hint")}</p>
          </div>
        )}
      </div>
      <footer className="login-foot">
        <fieldset className="segmented">
          <legend className="visually-hidden">{t("ui.settings.language")}</legend>
          <button
            type="button"
            lang="vi"
            aria-pressed={language === "vi"}
            onClick={() => setPreference("language", "vi")}
          >
            Tiếng Việt
          </button>
          <button
            type="button"
            lang="en"
            aria-pressed={language === "en"}
            onClick={() => setPreference("language", "en")}
          >
            English
          </button>
        </fieldset>
        <span className="muted">
          {clockTime(nowMs)} · {dateOnly(nowMs)} · ICT
        </span>
      </footer>
    </main>
  );
}
