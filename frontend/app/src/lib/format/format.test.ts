import { describe, expect, it } from "vitest";
import { ago, date } from "./dates.ts";
import { money, number, parseNumber, sum, times } from "./numbers.ts";

describe("numbers", () => {
  it("lose no digit", () => {
    expect(number("12345678901234567890.123456", "en")).toBe(
      "12,345,678,901,234,567,890.123456",
    );
    expect(sum(["0.1", "0.2", "-0.30"])).toBe("0.00");
    expect(sum(["9007199254740993", "0.0001"])).toBe("9007199254740993.0001");
    expect(times("-1.25", "0.1")).toBe("-0.125");
  });

  it.each([
    ["1,234.5", "en", "1234.5"],
    ["1.234,5", "de", "1234.5"],
    ["1 234,5", "fr", "1234.5"],
    ["-7", "fr", "-7"],
    ["1e5", "en", null],
    ["12 pieces", "en", null],
  ])("are read as they are written: %s in %s", (text, locale, expected) =>
    expect(parseNumber(text, locale)).toBe(expected),
  );

  it.each(["en", "fr", "de", "de-CH", "es", "pt-BR"])("are read back in %s", (locale) =>
    expect(parseNumber(number("-1234567.25", locale), locale)).toBe("-1234567.25"),
  );

  it("have the digits of their currency", () => {
    expect(money("1234.5", "en", "USD")).toBe("$1,234.50");
    expect(money("1234.5", "en", "JPY")).toBe("¥1,235");
    expect(money("1234.5", "en", null)).toBe("1,234.50");
  });
});

it("a date is the same day in every time zone", () => {
  expect(date("2026-03-01", "en-GB")).toBe("1 Mar 2026");
});

it("says how long ago", () => {
  const now = Date.UTC(2026, 2, 10);
  expect(ago("2026-03-07T00:00:00Z", "en", now)).toBe("3 days ago");
  expect(ago("2026-03-10T02:00:00Z", "en", now)).toBe("in 2 hours");
});
