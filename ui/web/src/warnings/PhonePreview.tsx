import { useState } from "react";
import type { SegmentCount } from "../api/types";
import { useT } from "../i18n";

interface Props {
  text: string;
  plain: string;
  sender: string;
  segments: { vi: SegmentCount; vi_plain: SegmentCount };
}

/** The message as phones show it, with and without diacritics, and what each costs in parts. */
export function PhonePreview({ text, plain, sender, segments }: Props) {
  const t = useT();
  const [which, setWhich] = useState<"plain" | "vi">("plain");
  const size = which === "plain" ? segments.vi_plain : segments.vi;
  return (
    <aside className="preview" aria-label={t("ui.preview.title")}>
      <fieldset className="segmented small">
        <legend className="visually-hidden">{t("ui.preview.which")}</legend>
        <button type="button" aria-pressed={which === "plain"} onClick={() => setWhich("plain")}>
          {t("ui.preview.plain")}
        </button>
        <button type="button" aria-pressed={which === "vi"} onClick={() => setWhich("vi")}>
          {t("ui.preview.accented")}
        </button>
      </fieldset>
      <div className="phone">
        <div className="phone-bar">{sender}</div>
        <div className="phone-screen">
          <p className="bubble" lang="vi">
            {which === "plain" ? plain : text}
          </p>
        </div>
      </div>
      <Segments size={size} limit={which === "plain" ? 1 : 2} />
    </aside>
  );
}

/** Encoding, length and number of parts; above the usual limit it says so, it never forbids. */
export function Segments({ size, limit }: { size: SegmentCount; limit: number }) {
  const t = useT();
  return (
    <p className={`segments${size.segments > limit ? " over" : ""}`} role="status">
      {t("ui.preview.size", { units: size.units, encoding: size.encoding })} ·{" "}
      <strong>{t("ui.preview.segments", { count: size.segments })}</strong>
      {size.segments > limit && <span> · {t("ui.preview.over", { limit })}</span>}
    </p>
  );
}
