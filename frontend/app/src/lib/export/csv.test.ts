import { expect, it } from "vitest";
import { sampleField } from "#lib/contract/sample.ts";
import { cellsOf } from "./cells.ts";
import { csvLine } from "./csv.ts";

const text = (told: string) => ({ kind: "text" as const, text: told });

it("quotes what the format would read as its own", () => {
  expect(
    csvLine([text('say "hi"'), text("a,b"), text("two\nlines"), null, text("x")]),
  ).toBe('"say ""hi""","a,b","two\nlines",,x\r\n');
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("makes %j harmless", (told) => {
  expect(csvLine([text(told)])).toContain(`'${told}`);
});

it("leaves numbers and dates as they are", () => {
  expect(
    csvLine([
      { kind: "number", text: "-12.50" },
      { kind: "day", text: "2026-03-01" },
    ]),
  ).toBe("-12.50,2026-03-01\r\n");
});

it("writes what people see of a record", () => {
  const options = [{ value: "won", label: "Won", help: "", colour: null }];
  const fields = [
    sampleField("state", "choice", { options }),
    sampleField("total", "money"),
    sampleField("tags", "tags"),
    sampleField("company_id", "reference", { relation: { model: "crm.companies" } }),
    sampleField("active", "boolean"),
    sampleField("note"),
  ];
  const row = {
    id: "1",
    state: "won",
    total: "1.20",
    tags: ["a", "b"],
    company_id: "c",
    active: true,
  };
  const words = { record: (model: string, id: string) => `${model}/${id}` };
  const columns = fields.map((field) => ({ path: field.name, field }));
  expect(csvLine(cellsOf(columns, row, words))).toBe(
    'Won,1.20,"a, b",crm.companies/c,true,\r\n',
  );
});
