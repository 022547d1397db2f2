import { useId, useMemo, useRef, useState } from "react";
import { Icon } from "../design/Icon";
import { LevelBadge } from "../design/Level";
import { type Translator, useT } from "../i18n";
import { showArea } from "../map/focus";
import { incidents } from "../state/incidents";
import { useStore } from "../state/store";
import { communes, districts, stations } from "../state/world";
import { useKeys } from "./keyboard";
import { navigate } from "./router";
import { type Found, find, type Searchable } from "./searching";

function everything(
  t: Translator,
  areaList: ReturnType<typeof communes.get>,
  districtList: ReturnType<typeof districts.get>,
  stationMap: ReturnType<typeof stations.get>["byId"],
  incidentMap: ReturnType<typeof incidents.get>["byId"],
): Searchable[] {
  const districtNames = new Map(districtList?.features.map((f) => [f.properties.code, f.properties.name]));
  const open = [...incidentMap.values()];
  return [
    ...open.map((i) => ({
      kind: "incident" as const,
      id: i.id,
      name: t.local(i.title),
      also: `#${i.number} ${i.title.vi} ${i.title.en ?? ""} ${i.area_name ?? ""}`,
      detail: `#${i.number} · ${i.area_name ?? ""}`,
      level: i.level,
    })),
    ...[...stationMap.values()].map((s) => ({
      kind: "station" as const,
      id: s.id,
      name: s.name,
      also: s.id,
      detail: s.river ?? s.id,
      level: null,
    })),
    ...(areaList?.features ?? []).map(({ properties: p }) => ({
      kind: "commune" as const,
      id: p.code,
      name: p.name,
      also: p.code,
      detail: p.parent === null ? p.code : (districtNames.get(p.parent) ?? p.code),
      level: p.level,
    })),
  ];
}

export function Search() {
  const t = useT();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const areaList = useStore(communes);
  const districtList = useStore(districts);
  const stationMap = useStore(stations, (s) => s.byId);
  const incidentMap = useStore(incidents, (s) => s.byId);

  const all = useMemo(
    () => (open ? everything(t, areaList, districtList, stationMap, incidentMap) : []),
    [open, t, areaList, districtList, stationMap, incidentMap],
  );
  const found = useMemo(() => find(all, query), [all, query]);
  const expanded = open && query.trim() !== "";

  useKeys({ "/": () => input.current?.focus() });

  const close = () => {
    setOpen(false);
    setQuery("");
    input.current?.blur();
  };

  const choose = (item: Found) => {
    close();
    if (item.kind === "incident") navigate(`/incidents/${item.id}`);
    else if (item.kind === "station") navigate(`/stations/${encodeURIComponent(item.id)}`);
    else {
      // A commune leads to the worst open case in it, or to the map.
      const here = [...incidents.get().byId.values()].filter(
        (i) => i.area === item.id && i.state !== "closed",
      );
      const worst = here.sort((a, b) => b.level - a.level)[0];
      navigate(worst === undefined ? "/" : `/incidents/${worst.id}`);
      showArea(item.id);
    }
  };

  return (
    <search className="search">
      <Icon name="search" size={16} />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label={t("ui.search.label")}
        aria-expanded={expanded}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={expanded && found.length > 0 ? `${listId}-${active}` : undefined}
        placeholder={t("ui.search.placeholder")}
        autoComplete="off"
        spellCheck={false}
        value={query}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setActive((i) => Math.min(i + 1, found.length - 1));
          else if (event.key === "ArrowUp") setActive((i) => Math.max(i - 1, 0));
          else if (event.key === "Enter") {
            const item = found[active];
            if (item !== undefined) choose(item);
          } else if (event.key === "Escape") close();
          else return;
          event.preventDefault();
        }}
      />
      <span className="key" aria-hidden="true">
        /
      </span>
      <div
        id={listId}
        className="search-list"
        role="listbox"
        aria-label={t("ui.search.results")}
        hidden={!expanded}
      >
        {found.map((item, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the input, which points here with aria-activedescendant
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
          <div
            key={`${item.kind}-${item.id}`}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(item)}
          >
            {item.kind === "incident" && item.level !== null ? (
              <LevelBadge level={item.level} size={20} word="hidden" />
            ) : (
              <span className="tag">{t(`ui.search.kind.${item.kind}`)}</span>
            )}
            <span className="truncate">{item.name}</span>
            <span className="muted truncate">{item.detail}</span>
          </div>
        ))}
        {found.length === 0 && (
          // biome-ignore lint/a11y/useFocusableInteractive: nothing to focus, it only says that there is nothing
          <div role="option" aria-selected="false" aria-disabled="true" className="muted">
            {t("ui.search.nothing")}
          </div>
        )}
      </div>
    </search>
  );
}
