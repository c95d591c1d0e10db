import { expect, it } from "vitest";
import { sampleField, sampleModel } from "#lib/contract/sample.ts";
import { fillable, guessed, lacking, repeated, type Plan, type Table } from "./plan.ts";

const fields = [
  sampleField("name", "text", { required: true }),
  sampleField("email", "email", { label: "E-mail address" }),
  sampleField("company_id", "reference", { label: "Société" }),
];
const style = { decimal: ".", days: "dmy" } as const;

it("finds the fields of columns by name and by label", () => {
  expect(guessed(["NAME", "e-mail address", "Company", "other"], fields)).toEqual([
    "name",
    "email",
    "company_id",
    null,
  ]);
  expect(guessed(["Societe", "name", "Name"], fields)).toEqual([
    "company_id",
    "name",
    null,
  ]);
});

it("offers only what may be written", () => {
  const more = [
    sampleField("id", "uuid", { system: true }),
    sampleField("total", "money", { readonly: true }),
  ];
  expect(fillable(sampleModel({ fields: [...fields, ...more] }))).toEqual(fields);
});

it("tells which fields a new record lacks", () => {
  const plan: Plan = { fields: ["email"], key: null, style };
  expect(lacking(fields, plan).map((field) => field.name)).toEqual(["name"]);
});

it("knows rows that name a record again", () => {
  const cells = [["a@x"], ["b@x"], ["a@x "], [""], [""]];
  const rows = cells.map((each, n) => ({ line: n + 2, cells: each }));
  const table: Table = { name: "f", hash: "h", columns: ["E-mail"], rows, style };
  const lines = (key: string | null) =>
    [...repeated(table, { fields: ["email"], key, style })].map(({ line }) => line);
  expect(lines("email")).toEqual([4]);
  expect(lines(null)).toEqual([]);
});
