import type { TimelineEntry } from "../api/types";
import { Time } from "../design/Time";
import { type Translator, useT } from "../i18n";
import { presentParams } from "../i18n/params";
import { useNames } from "../state/names";

function actorName(t: Translator, actor: string | null): string {
  if (actor === null || actor === "") return t("actor.system");
  return t.maybe(`actor.${actor}`) ?? actor;
}

/** What happened, newest first; nothing in it is ever changed or removed. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const t = useT();
  const names = useNames();
  const newestFirst = [...entries].sort((a, b) => b.seq - a.seq);
  return (
    <section>
      <h3>{t("ui.case.timeline")}</h3>
      <ol className="timeline">
        {newestFirst.map((entry) => {
          const text = entry.params.text;
          return (
            <li key={entry.seq}>
              <Time iso={entry.at} as="absolute" />
              <div>
                <p>{t.code(`timeline.${entry.kind}`, presentParams(t, entry.params, names))}</p>
                {typeof text === "string" && text !== "" && <p className="timeline-note">{text}</p>}
                <p className="muted">
                  {actorName(t, entry.actor)} · <Time iso={entry.at} as="relative" />
                  {entry.onset && (
                    <>
                      {" "}
                      · {t("ui.case.onset")} <Time iso={entry.onset} as="absolute" />
                    </>
                  )}
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
