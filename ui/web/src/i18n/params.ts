import type { Params } from "../api/types";
import { now } from "../time/clock";
import { absoluteTime } from "../time/ict";
import type { Translator } from "./index";

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Decimals of a number by the unit in its name: levels to the centimetre, rates too, everything else as it is. */
function digitsOfName(name: string): number | undefined {
  if (name.endsWith("_m") || name.endsWith("_m_per_h")) return 2;
  if (name.endsWith("_m3s") || name.endsWith("_mm")) return 1;
  return undefined;
}

/** Parameters of a coded sentence as a person reads them: names for ids, ICT for instants, local numbers. */
export function presentParams(
  t: Translator,
  params: Params | null | undefined,
  nameOf: (id: string) => string | undefined = () => undefined,
): Params {
  const shown: Params = {};
  for (const [name, value] of Object.entries(params ?? {})) {
    if (typeof value === "number" && name !== "count") {
      shown[name] = t.number(value, digitsOfName(name));
    } else if (typeof value !== "string") {
      shown[name] = value;
    } else if (DAY.test(value)) {
      shown[name] = value.replace(DAY, "$3/$2/$1");
    } else if (ISO.test(value)) {
      shown[name] = absoluteTime(Date.parse(value), now());
    } else if (["station", "area", "other", "hazard"].includes(name)) {
      shown[name] = nameOf(value) ?? value;
    } else {
      // A code within a sentence: a threshold, a state, an outcome.
      shown[name] = t.maybe(`${name}.${value}`) ?? value;
    }
  }
  return shown;
}
