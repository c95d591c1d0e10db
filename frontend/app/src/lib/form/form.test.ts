import { expect, it } from "vitest";
import type { Field, Model } from "#lib/contract/types.ts";
import { faultsAt, firstFault, homeless } from "#lib/fields/faults.ts";
import { copyOf, defaultsOf, presetOf } from "./preset.ts";

const field = (name: string, more: Partial<Field> = {}) =>
  ({ name, kind: "text", type: "text", default: null, ...more }) as Field;
const FIELDS = [
  field("id", { system: true, readonly: true }),
  field("name"),
  field("count", { kind: "integer", type: "integer", default: 1 }),
  field("state", { readonly: true, default: "draft" }),
];
const MODEL = { fields: FIELDS, lines: [{ name: "rows", fields: ["item"] }] } as Model;

it("takes from the address only what may be written", () => {
  const query = new URLSearchParams("name=Acme&count=3&state=done&other=1");
  expect(presetOf(MODEL, query)).toEqual({ name: "Acme", count: 3 });
});

it("begins with the defaults", () => {
  expect(defaultsOf(FIELDS)).toEqual({ count: 1, state: "draft" });
});

it("copies what may be written, lines included", () => {
  const record = {
    id: "1",
    name: "Acme",
    state: "done",
    rows: [{ id: "2", item: "x", worth: "5" }],
  };
  const rows = [{ "#": expect.any(String), item: "x" }];
  expect(copyOf(MODEL, record)).toEqual({ name: "Acme", rows });
});

it("finds the place for what was refused", () => {
  const faults = faultsAt({
    name: "is required",
    "rows/0/item": "is unknown",
    "parts/1/share": "is too much",
    odd: "is odd",
  });
  const shown = ["count", "name", "rows.0.item", "parts"];
  expect(firstFault(faults, shown)).toBe("name");
  expect(firstFault(faults, ["count", "parts"])).toBe("parts");
  expect(homeless(faults, shown)).toEqual({ odd: "is odd" });
});
