import { useT } from "../i18n";
import { cut, type Proposals } from "./proposals";

interface Props {
  proposals: Proposals;
  /** The field somebody is at: its words stand out. */
  active: string | null;
  label: (field: string) => string;
}

/** The notice as it came, with the words marked that a field was read from. */
export function SourceText({ proposals, active, label }: Props) {
  const t = useT();
  return (
    <figure className="source-text">
      <figcaption className="field-label">{t("ui.read.source")}</figcaption>
      <p lang="vi">
        {cut(proposals).map((piece, index) =>
          piece.fields.length === 0 ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text, never reordered
            <span key={index}>{piece.text}</span>
          ) : (
            <mark
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text, never reordered
              key={index}
              className={active !== null && piece.fields.includes(active) ? "active" : ""}
              title={piece.fields.map(label).join(", ")}
            >
              {piece.text}
            </mark>
          ),
        )}
      </p>
    </figure>
  );
}
