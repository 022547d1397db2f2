import type { Quality } from "../api/hazards";
import type { Coded, Station } from "../api/types";
import { reasonText } from "../design/Reasons";
import { type Translator, useT } from "../i18n";

/** A bare code stands for `quality.<code>`; a coded one brings its own parameters. */
export function flagText(t: Translator, code: string | Coded): string {
  if (typeof code !== "string") return reasonText(t, code);
  return t.maybe(`quality.${code}`) ?? t.maybe(code) ?? code;
}

export function QualityTag({ flag }: { flag: Quality["flag"] }) {
  const t = useT();
  const tone = flag === "good" ? "ok" : flag === "suspect" ? "caution" : "bad";
  return <span className={`tag ${tone}`}>{t.code(`quality.${flag}`)}</span>;
}

/** What quality control says of the newest readings, by property and with its reasons. */
export function QualityCard({ station }: { station: Station }) {
  const t = useT();
  const all = Object.entries(station.quality ?? {});
  if (all.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("ui.quality.title")}</h2>
      <ul className="flag-list">
        {all.map(([property, quality]) => (
          <li key={property}>
            <div className="flag-head">
              <span>{t.code(`property.${property}`)}</span>
              <QualityTag flag={quality.flag} />
            </div>
            {quality.codes.map((code) => (
              <p key={typeof code === "string" ? code : code.code}>{flagText(t, code)}</p>
            ))}
          </li>
        ))}
      </ul>
      <p className="muted">{t("ui.quality.note")}</p>
    </section>
  );
}
