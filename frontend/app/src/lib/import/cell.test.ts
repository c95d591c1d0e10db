import { expect, it } from "vitest";
import { sampleField } from "#lib/contract/sample.ts";
import type { Field, Kind } from "#lib/contract/types.ts";
import { valueOf } from "./cell.ts";
import type { Style } from "./plan.ts";

const POINT: Style = { decimal: ".", days: "dmy" };
const COMMA: Style = { decimal: ",", days: "dmy" };
const options = [{ value: "won", label: "Gagné", help: "", colour: null }];

function read(kind: Kind, text: string, style = POINT, more: Partial<Field> = {}): unknown {
  const field = sampleField("f", kind, more);
  return valueOf(field, text, style, (model, name) => `${model}/${name}`);
}

it.each<[string, Style, string]>([
  ["1234.50", POINT, "1234.50"],
  ["1,234,567.5", POINT, "1234567.5"],
  ["1.234,5", COMMA, "1234.5"],
  ["-1 234,5", COMMA, "-1234.5"],
  ["−3", POINT, "-3"],
])("reads the number %s", (text, style, expected) => {
  expect(read("decimal", text, style)).toBe(expected);
});

it.each<[string, Style]>([
  ["1,5", POINT],
  ["12.50", COMMA],
  ["1,23,456", POINT],
  ["abc", POINT],
  ["1e5", POINT],
])("does not guess what the number %s is", (text, style) => {
  expect(() => read("decimal", text, style)).toThrow("import.fault.number");
});

it("keeps every digit of whole numbers", () => {
  expect(read("integer", "12")).toBe(12);
  expect(read("integer", "9007199254740993", POINT, { type: "bigint" })).toBe(
    "9007199254740993",
  );
  expect(read("percent", "12.5 %")).toBe("12.5");
});

it.each<[string, Style, string]>([
  ["2026-03-01", POINT, "2026-03-01"],
  ["1/3/2026", POINT, "2026-03-01"],
  ["01.03.2026", POINT, "2026-03-01"],
  ["3/1/2026", { ...POINT, days: "mdy" }, "2026-03-01"],
])("reads the day %s", (text, style, expected) => {
  expect(read("date", text, style)).toBe(expected);
});

it.each(["31/4/2026", "2026-13-01", "tomorrow", "1/3/26"])("knows no day %s", (text) => {
  expect(() => read("date", text)).toThrow("import.fault.date");
});

it("reads moments where the user is, unless they say where they are", () => {
  expect(read("datetime", "2026-03-01T10:30:00Z")).toBe("2026-03-01T10:30:00Z");
  expect(read("datetime", "1/3/2026 10:30")).toBe(
    new Date(2026, 2, 1, 10, 30).toISOString(),
  );
});

it("knows choices by what people call them, and yes and no", () => {
  expect(read("choice", "gagné", POINT, { options })).toBe("won");
  expect(() => read("choice", "lost", POINT, { options })).toThrow("import.fault.choice");
  expect([read("boolean", "Oui"), read("boolean", "no")]).toEqual([true, false]);
  expect(() => read("boolean", "maybe")).toThrow("import.fault.boolean");
});

it("finds what is referred to, and splits lists", () => {
  const relation = { model: "a.b" };
  expect(read("reference", "Acme, Inc", POINT, { relation })).toBe("a.b/Acme, Inc");
  expect(read("references", "x, y", POINT, { relation })).toEqual(["a.b/x", "a.b/y"]);
  expect(read("tags", "red, , blue")).toEqual(["red", "blue"]);
});
