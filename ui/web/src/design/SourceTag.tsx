import { useT } from "../i18n";

const SOUND = ["official", "published", "secondary", "operator"];

/** Where a figure comes from; what is invented, inferred or not verified stands out. */
export function SourceTag({ source }: { source: string | null | undefined }) {
  const t = useT();
  if (source === null || source === undefined) return null;
  return (
    <span className={`tag${SOUND.includes(source) ? "" : " caution"}`}>
      {t.maybe(`source.${source}`) ?? source}
    </span>
  );
}
