import type { Station, Threshold } from "../api/types";
import { useT } from "../i18n";

const NAMES: Threshold[] = ["bd1", "bd2", "bd3"];

/** Where the alarm levels come from. An invented number must look invented. */
export function ThresholdSource({ station }: { station: Station }) {
  const t = useT();
  const set = NAMES.filter((name) => typeof station.thresholds?.[name] === "number");
  if (set.length === 0) return <p className="notice">{t("ui.chart.no_threshold")}</p>;
  const kinds = new Set(set.map((name) => station.sources?.[name] ?? (station.demo ? "demo" : "unverified")));
  const demo = station.demo || kinds.has("demo");
  return (
    <p className="threshold-source">
      {demo ? (
        <>
          <span className="tag caution">{t("ui.demo")}</span> {t("ui.chart.demo_thresholds")}
        </>
      ) : (
        t("ui.chart.threshold_source", {
          source: [...kinds].map((kind) => t.maybe(`source.${kind}`) ?? kind).join(", "),
        })
      )}
    </p>
  );
}
