import { useId, useMemo, useState } from "react";
import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { find } from "../shell/searching";
import { useStore } from "../state/store";
import { communes, districts } from "../state/world";
import { useAreaNames } from "./areaNames";

interface Props {
  codes: string[];
  onChange: (codes: string[]) => void;
}

/** Areas as removable names, and a field that finds communes with or without diacritics. */
export function AreaPicker({ codes, onChange }: Props) {
  const t = useT();
  const id = useId();
  const names = useAreaNames(codes);
  const communeList = useStore(communes);
  const districtList = useStore(districts);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);

  const choices = useMemo(() => {
    const parents = new Map(districtList?.features.map((f) => [f.properties.code, f.properties.name]));
    return (communeList?.features ?? []).map(({ properties: p }) => ({
      kind: "commune" as const,
      id: p.code,
      name: p.name,
      also: p.code,
      detail: p.parent === null ? "" : (parents.get(p.parent) ?? ""),
      level: p.level,
    }));
  }, [communeList, districtList]);
  const found = useMemo(
    () => find(choices, query).filter((choice) => !codes.includes(choice.id)),
    [choices, query, codes],
  );

  const add = (code: string | undefined) => {
    if (code === undefined) return;
    onChange([...codes, code]);
    setQuery("");
    setActive(0);
  };

  return (
    <div className="field">
      <label htmlFor={`${id}-input`}>{t("ui.warning.areas")}</label>
      <ul className="area-chips">
        {codes.map((code, i) => (
          <li key={code}>
            {names[i]}
            <button
              type="button"
              onClick={() => onChange(codes.filter((c) => c !== code))}
              aria-label={t("ui.draft.remove_area", { name: names[i] ?? code })}
            >
              <Icon name="close" size={14} />
            </button>
          </li>
        ))}
      </ul>
      <div className="picker">
        <input
          id={`${id}-input`}
          type="text"
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("ui.draft.add_area")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") setActive((i) => Math.min(i + 1, found.length - 1));
            else if (event.key === "ArrowUp") setActive((i) => Math.max(i - 1, 0));
            else if (event.key === "Enter") add(found[active]?.id);
            else if (event.key === "Escape" && query !== "") {
              setQuery("");
              event.stopPropagation();
            } else return;
            event.preventDefault();
          }}
        />
        <div
          id={`${id}-list`}
          className="search-list"
          role="listbox"
          aria-label={t("ui.search.results")}
          hidden={found.length === 0}
        >
          {found.map((choice, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the input, which points here with aria-activedescendant
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
            <div
              key={choice.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => add(choice.id)}
            >
              <span className="truncate">{choice.name}</span>
              <span className="muted truncate">{choice.detail}</span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
