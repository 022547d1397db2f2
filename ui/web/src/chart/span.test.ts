import { describe, expect, it } from "vitest";
import { parseSpan, spanHours, spanText } from "./span";

describe("span", () => {
  it.each(["6h", "24h", "168h", "1795000000..1795080000"])("%s is read and written alike", (text) => {
    const span = parseSpan(text);
    expect(span === null ? null : spanText(span)).toBe(text);
  });

  it.each([null, "", "0h", "h", "1795080000..1795000000", "1795000000..1795000000", "-6h"])(
    "%s is none",
    (text) => expect(parseSpan(text)).toBeNull(),
  );

  it("has a length", () => {
    expect(spanHours({ hours: 6 })).toBe(6);
    expect(spanHours({ fromMs: 0, toMs: 7_200_000 })).toBe(2);
  });
});
