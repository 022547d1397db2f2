/** Colours of the map, read from the design tokens so that there is one source for both. */
export interface Palette {
  dark: boolean;
  ground: string;
  land: string;
  line: string;
  lineStrong: string;
  text: string;
  faint: string;
  calm: string;
  station: string;
  water: string;
  waterText: string;
  hatch: string;
  edge: string;
  ring: string;
  ringGround: string;
  level: Record<number, string>;
}

export function readPalette(theme: "dark" | "light"): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const dark = theme === "dark";
  return {
    dark,
    ground: token("--map-bg"),
    land: dark ? "#131e28" : "#f3f6f8",
    line: dark ? "#33465a" : "#b9c5cf",
    lineStrong: dark ? "#6f879c" : "#718393",
    text: token("--text"),
    faint: dark ? "#8fa2b3" : "#566676",
    calm: token("--raised-2"),
    station: dark ? "#dbe5ee" : "#16222e",
    water: dark ? "#3f95d6" : "#3f8fce",
    waterText: dark ? "#8cc6f2" : "#0b5a94",
    hatch: dark ? "#44586b" : "#9fb0be",
    edge: dark ? "#0b1219" : "#ffffff",
    ring: dark ? "#ffffff" : "#101a23",
    ringGround: dark ? "rgba(11,18,25,0.72)" : "rgba(255,255,255,0.86)",
    level: Object.fromEntries([1, 2, 3, 4, 5].map((level) => [level, token(`--lv${level}`)])),
  };
}
