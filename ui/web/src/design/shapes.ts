import type { Level } from "../api/types";

/** Outline of each severity in a 32 × 32 box, and where its number sits. One drawing for badges and map alike. */
export const SHAPES: Record<Level, { path: string; textY: number }> = {
  0: { path: "M16 4a12 12 0 1 0 0 24a12 12 0 1 0 0-24z", textY: 21.3 },
  1: { path: "M16 3a13 13 0 1 0 0 26a13 13 0 1 0 0-26z", textY: 21.3 },
  2: { path: "M16 2L31 29H1z", textY: 25.5 },
  3: { path: "M16 1L31 16L16 31L1 16z", textY: 21.3 },
  4: { path: "M3 3H29V29H3z", textY: 21.3 },
  5: { path: "M10.5 2H21.5L30 10.5V21.5L21.5 30H10.5L2 21.5V10.5z", textY: 21.3 },
};

export const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];

/** Fire danger is written in roman numbers, which also keeps it apart from severity. */
export const ROMAN: Record<number, string> = { 1: "I", 2: "II", 3: "III", 4: "IV", 5: "V" };
