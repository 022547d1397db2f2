import type { Check } from "../api/types";
import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { presentParams } from "../i18n/params";

/** What the server found in the text, what is missing first. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  const t = useT();
  if (checks.length === 0) return null;
  const failedFirst = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  const failed = checks.filter((check) => !check.ok).length;
  return (
    <section className="checks">
      <h3>
        {t("ui.check.title")}{" "}
        <span className="count">
          {failed === 0 ? t("ui.check.all_good") : t("ui.check.failed", { count: failed })}
        </span>
      </h3>
      <ul>
        {failedFirst.map((check) => (
          <li
            key={`${check.code}:${JSON.stringify(check.params ?? {})}`}
            className={check.ok ? "check-ok" : check.blocking === false ? "check-mild" : "check-bad"}
          >
            <Icon name={check.ok ? "check" : check.blocking === false ? "warning" : "cross"} size={16} />
            <span>
              <span className="visually-hidden">{t(check.ok ? "ui.check.ok" : "ui.check.not_ok")}: </span>
              {t.maybe(`${check.code}.${check.ok ? "ok" : "failed"}`, presentParams(t, check.params)) ??
                t.code(check.code, presentParams(t, check.params))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
