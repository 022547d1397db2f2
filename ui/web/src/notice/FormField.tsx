import type { ReactNode } from "react";
import type { ProposedField } from "../api/hazards";
import { reasonText } from "../design/Reasons";
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
        <p className={`field-origin${doubtful(proposals.fields[name]) ? " missing" : ""}`}>
          {quote === null ? t("ui.read.proposed") : t("ui.read.from", { quote })}
          {doubtText(proposals.fields[name])}
        </p>
      )}
      {proposals !== null && !read && <p className="field-origin missing">{t("ui.read.not_found")}</p>}
    </div>
  );

  function doubtText(field: ProposedField | undefined): string {
    if (field === undefined || !doubtful(field)) return "";
    const why = field.why == null ? "" : ` ${reasonText(t, field.why)}`;
    const several = field.candidates ?? [];
    return ` –${why}${several.length > 1 ? ` (${several.join(" / ")})` : ""}`;
  }
}

/** Below this a reading is shown as a question. */
const SURE = 0.6;

function doubtful(field: ProposedField | undefined): boolean {
  if (field === undefined) return false;
  return field.value === null || (field.confidence ?? 1) < SURE || field.why != null;
}
