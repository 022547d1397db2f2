import { describe, expect, it } from "vitest";
import { confirms } from "./words";

describe("confirms", () => {
  const phrase = "GỬI 12.480 NGƯỜI";

  it.each(["GỬI 12.480 NGƯỜI", "gui 12480 nguoi", "  gửi 12 480 người ", "GỬI 12480 NGƯỜI".normalize("NFD")])(
    "takes %s",
    (typed) => expect(confirms(typed, phrase)).toBe(true),
  );

  it.each(["", "GỬI", "gui 12481 nguoi", "gui 1248 nguoi", "12480", "gui 12480"])("refuses %s", (typed) =>
    expect(confirms(typed, phrase)).toBe(false),
  );
});
