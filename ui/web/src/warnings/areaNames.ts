import { useNames } from "../state/names";

/** Names of areas by code; a code that this pack does not know is shown as it is. */
export function useAreaNames(codes: readonly string[]): string[] {
  const names = useNames();
  return codes.map((code) => names(code) ?? code);
}
