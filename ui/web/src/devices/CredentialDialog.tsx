import { useState } from "react";
import { post } from "../api/client";
import type { IssuedCredential } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";

interface Props {
  /** What it is for, by name. */
  title: string;
  path: string;
  body?: unknown;
  onDone: () => void;
}

/** Makes a password for a device. It is shown here once: nobody, the server included, can show it again. */
export function CredentialDialog({ title, path, body, onDone }: Props) {
  const t = useT();
  const [issued, setIssued] = useState<IssuedCredential | null>(null);
  const [copied, setCopied] = useState(false);
  const { busy, problem, run } = useAction(true);

  const issue = () => void run(async () => setIssued((await post<IssuedCredential>(path, body ?? {})).data));
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without the right to the clipboard the text is there to be marked by hand.
      setCopied(false);
    }
  };

  return (
    <Dialog
      title={t("ui.credential.title", { name: title })}
      onClose={onDone}
      onSubmit={issued === null ? issue : onDone}
      footer={
        issued === null ? (
          <>
            <button type="button" className="button" onClick={onDone}>
              {t("ui.cancel")}
            </button>
            <button type="submit" className="button primary" disabled={busy}>
              {t("ui.credential.issue")}
            </button>
          </>
        ) : (
          <>
            <button
              type="button"
              className="button"
              onClick={() => void copy(`${issued.username}\n${issued.password}`)}
            >
              {copied ? t("ui.credential.copied") : t("ui.credential.copy")}
            </button>
            <button type="button" className="button" onClick={() => window.print()}>
              {t("ui.credential.print")}
            </button>
            <button type="submit" className="button primary">
              {t("ui.credential.kept")}
            </button>
          </>
        )
      }
    >
      {issued === null ? (
        <p className="notice caution">{t("ui.credential.replaces")}</p>
      ) : (
        <div className="credential print-only">
          <p className="notice caution">{t("ui.credential.once")}</p>
          <dl className="pairs">
            <div>
              <dt>{t("ui.credential.username")}</dt>
              <dd>
                <code>{issued.username}</code>
              </dd>
            </div>
            <div>
              <dt>{t("ui.credential.password")}</dt>
              <dd>
                <code data-testid="credential-password">{issued.password}</code>
              </dd>
            </div>
            {issued.topic !== undefined && (
              <div>
                <dt>{t("ui.credential.topic")}</dt>
                <dd>
                  <code>{issued.topic}</code>
                </dd>
              </div>
            )}
          </dl>
          {issued.enforced === false && <p className="notice bad">{t("ui.credential.not_enforced")}</p>}
        </div>
      )}
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
