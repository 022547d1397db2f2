import { useState } from "react";
import { post } from "../api/client";
import type { Burning } from "../api/hazards";
import type { Page } from "../api/types";
import { useAction } from "../console/useAction";
import { Loaded } from "../design/Loaded";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useNames } from "../state/names";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { now } from "../time/clock";
import { BurningDialog } from "./BurningDialog";

/** Burning that was announced: smoke there is expected, and said to be so. */
export function Burnings({ areas }: { areas: readonly { area: string; name: string }[] }) {
  const t = useT();
  const may = useMay("fire_desk");
  const [adding, setAdding] = useState(false);
  const resource = useResource<Page<Burning>>("/fire/burnings", { topics: ["fire"] });
  return (
    <>
      <p className="muted side-note">{t("ui.burning.explained")}</p>
      {may && (
        <button type="button" className="button side-button" onClick={() => setAdding(true)}>
          {t("ui.burning.add")}
        </button>
      )}
      <Loaded resource={resource}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted side-note">{t("ui.burning.none")}</p>
          ) : (
            <ul className="burnings">
              {items.map((each) => (
                <OneBurning key={each.id} burning={each} may={may} onChanged={resource.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding && (
        <BurningDialog
          choices={areas}
          onDone={(done) => {
            setAdding(false);
            if (done) resource.reload();
          }}
        />
      )}
    </>
  );
}

function OneBurning({ burning, may, onChanged }: { burning: Burning; may: boolean; onChanged: () => void }) {
  const t = useT();
  const names = useNames();
  const { busy, run } = useAction();
  const over = burning.state === "ended" || Date.parse(burning.until) < now();
  const refused = burning.state === "refused";
  return (
    <li data-burning={burning.id}>
      <div className="grow">
        <p className="strong">
          {burning.name ?? names(burning.area) ?? burning.area}
          {burning.place !== "" && ` · ${burning.place}`}
        </p>
        <p>
          {burning.person ?? t("ui.burning.forgotten")}
          {burning.phone !== null && ` · ${burning.phone}`}
          {burning.size_ha !== null && ` · ${t.number(burning.size_ha)} ha`}
        </p>
        <p className="muted">
          <Time iso={burning.from} as="short" /> → <Time iso={burning.until} as="short" />
        </p>
        {burning.flag !== null && (
          <p className={refused ? "bad-text" : undefined}>
            <ReasonText reason={burning.flag} />
          </p>
        )}
      </div>
      {refused ? (
        <span className="tag bad">{t("ui.burning.refused")}</span>
      ) : over ? (
        <span className="tag">{t("ui.burning.over")}</span>
      ) : may ? (
        <button
          type="button"
          className="button small"
          disabled={busy}
          onClick={() =>
            void run(
              () => post(`/fire/burnings/${encodeURIComponent(burning.id)}/end`),
              t("ui.burning.ended"),
            ).then((ok) => ok && onChanged())
          }
        >
          {t("ui.burning.end")}
        </button>
      ) : (
        <span className="tag caution">{t("ui.burning.running")}</span>
      )}
    </li>
  );
}
