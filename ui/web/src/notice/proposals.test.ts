import { describe, expect, it } from "vitest";
import { cut, proposalsOf, quoteOf } from "./proposals";

const text = "Thác Mơ xả 620 m3/s lúc 15h 22/11";

describe("proposals", () => {
  it("cuts a notice at the words that were read", () => {
    const found = proposalsOf(
      {
        fields: {
          discharge_m3s: { value: 620, quote: "620 m3/s" },
          planned_at: { value: "x", start: 24, end: 33 },
        },
      },
      text,
    );
    expect(cut(found)).toEqual([
      { text: "Thác Mơ xả ", fields: [] },
      { text: "620 m3/s", fields: ["discharge_m3s"] },
      { text: " lúc ", fields: [] },
      { text: "15h 22/11", fields: ["planned_at"] },
    ]);
    expect(quoteOf(found, "planned_at")).toBe("15h 22/11");
    expect(quoteOf(found, "gates_open")).toBeNull();
  });

  it("loses no letter where two fields share words, and survives words that are not there", () => {
    const found = proposalsOf(
      {
        fields: {
          a: { value: 1, start: 0, end: 10 },
          b: { value: 2, start: 5, end: 15 },
          c: { value: 3, quote: "nowhere" },
        },
      },
      text,
    );
    const pieces = cut(found);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    expect(pieces.find((piece) => piece.fields.length === 2)?.fields).toEqual(["a", "b"]);
  });

  it("counts a picture in the text as one letter, as the server does", () => {
    const chat = "🌊🌊 xả 620 m3/s";
    const found = proposalsOf({ fields: { discharge_m3s: { value: 620, start: 6, end: 14 } } }, chat);
    expect(quoteOf(found, "discharge_m3s")).toBe("620 m3/s");
  });

  it("keeps what can be read in two ways, without a value, under the form's own name", () => {
    const found = proposalsOf(
      { fields: { number: { value: null, why: { code: "x" }, candidates: ["1/TB", "2/TB"] } } },
      text,
    );
    expect(found.fields.notice).toMatchObject({ value: null, candidates: ["1/TB", "2/TB"] });
    expect(proposalsOf(null, text)).toEqual({ text, fields: {}, readId: null, says: null, ocr: null });
  });
});
