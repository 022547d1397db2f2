import type { ReactNode } from "react";
import { useT } from "../i18n";
import { type Proposals, quoteOf } from "./proposals";

interface Props {
  name: string;
  proposals: Proposals | null;
  onFocus: (name: string | null) => void;
  children: ReactNode;
}

/** A field of a notice with where its value came from: read from these words, or not found and to be typed. */
export function FormField({ name, proposals, onFocus, children }: Props) {
  const t = useT();
  const read = proposals !== null && proposals.fields[name] !== undefined;
  const quote = read ? quoteOf(proposals, name) : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes which of its own inputs has the focus
    <div
      className={`field notice-field${read ? " proposed" : ""}`}
      data-field={name}
      onFocus={() => onFocus(name)}
      onBlur={() => onFocus(null)}
    >
      {children}
      {read && (
        <p className="field-origin">
          {quote === null ? t("ui.read.proposed") : t("ui.read.from", { quote })}
        </p>
      )}
      {proposals !== null && !read && <p className="field-origin missing">{t("ui.read.not_found")}</p>}
    </div>
  );
}
