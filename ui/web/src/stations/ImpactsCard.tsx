import { useState } from "react";
import type { Impacts } from "../api/hazards";
import type { Station } from "../api/types";
import { ImpactList } from "../console/ImpactList";
import { Loaded } from "../design/Loaded";
import { Segmented } from "../design/Segmented";
import { useT } from "../i18n";
import { useResource } from "../state/resource";

const LEVELS = ["bd1", "bd2", "bd3", "above_bd3"] as const;

/** What floods at each alarm level of this gauge, from the province's own table. */
export function ImpactsCard({ station }: { station: Station }) {
  const t = useT();
  const [level, setLevel] = useState<(typeof LEVELS)[number]>(
    station.hazard_state?.next?.threshold ?? station.hazard_state?.alarm ?? "bd1",
  );
  const resource = useResource<Impacts>(
    station.kind === "river" ? `/impacts?station=${encodeURIComponent(station.id)}&level=${level}` : null,
    { everyMs: 300_000 },
  );
  if (station.kind !== "river") return null;
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t("ui.impact.title")}</h2>
        <Segmented
          label={t("ui.impact.at")}
          options={LEVELS.map((name) => ({ value: name, text: t(`threshold.${name}`) }))}
          value={level}
          onChange={setLevel}
        />
      </div>
      <Loaded resource={resource}>{(impacts) => <ImpactList impacts={impacts} />}</Loaded>
    </section>
  );
}
