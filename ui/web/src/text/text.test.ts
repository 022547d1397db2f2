import { describe, expect, it } from "vitest";
import { fold, matchRank, stripDiacritics } from "./fold";
import { smsSize } from "./sms";

describe("fold", () => {
  it("makes one of all the ways to write a place", () => {
    const names = ["Bù Gia Mập", "bu gia map", "  BÙ  GIA MẬP ", "Bù Gia Mập".normalize("NFD")];
    expect(new Set(names.map(fold))).toEqual(new Set(["bu gia map"]));
  });

  it("reads đ as d in both directions", () => {
    expect(fold("Đắk Ơ")).toBe("dak o");
    expect(matchRank(fold("Xã Đak Ơ"), fold("đăk ơ"))).toBe(1);
    expect(matchRank(fold("Đồng Phú"), fold("dong"))).toBe(0);
  });
});

describe("stripDiacritics", () => {
  it("keeps capitals, punctuation and numbers", () => {
    expect(stripDiacritics("SƠ TÁN NGAY tới Trường Bình Tân, 18h 22/11. Đừng ở lại!")).toBe(
      "SO TAN NGAY toi Truong Binh Tan, 18h 22/11. Dung o lai!",
    );
  });

  it("leaves only GSM-7 of every Vietnamese letter", () => {
    const letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ";
    expect(smsSize(stripDiacritics(letters + letters.toUpperCase())).encoding).toBe("GSM-7");
  });
});

describe("matchRank", () => {
  it("prefers the start of the name, then of a word, then all words in any order", () => {
    const q = fold("tân");
    expect(matchRank(fold("Tân Khai"), q)).toBe(0);
    expect(matchRank(fold("Bình Tân"), q)).toBe(1);
    expect(matchRank(fold("Xã Bình Tân"), fold("tan binh"))).toBe(2);
    expect(matchRank(fold("Lộc Ninh"), q)).toBeNull();
  });
});

describe("smsSize", () => {
  it.each([
    ["", "GSM-7", 0, 0],
    ["a".repeat(160), "GSM-7", 160, 1],
    ["a".repeat(161), "GSM-7", 161, 2],
    ["a".repeat(306), "GSM-7", 306, 2],
    ["a".repeat(307), "GSM-7", 307, 3],
    ["à".repeat(160), "GSM-7", 160, 1],
    ["€".repeat(80), "GSM-7", 160, 1],
    ["ế".repeat(70), "UCS-2", 70, 1],
    ["ế".repeat(71), "UCS-2", 71, 2],
    ["ế".repeat(134), "UCS-2", 134, 2],
    ["ế".repeat(135), "UCS-2", 135, 3],
  ])("counts %#", (text, encoding, units, segments) => {
    expect(smsSize(text)).toEqual({ encoding, units, segments });
  });

  it("never cuts an escaped character or a surrogate pair in two", () => {
    // 152 septets, then a character of two: it goes whole to the second part.
    expect(smsSize(`${"a".repeat(152)}€${"a".repeat(152)}`).segments).toBe(3);
    expect(smsSize(`${"ế".repeat(66)}🐳${"ế".repeat(66)}`).segments).toBe(3);
  });

  it("counts a decomposed text as the composed one that is sent", () => {
    expect(smsSize("Nước lũ".normalize("NFD"))).toEqual(smsSize("Nước lũ"));
  });
});
