import { expect, it } from "vitest";
import { Problem } from "#lib/api/problem.ts";
import { sampleField, sampleModel } from "#lib/contract/sample.ts";
import type { Plan } from "./plan.ts";
import { callOf, filled, told } from "./rows.ts";

const model = sampleModel({
  fields: [
    sampleField("name", "text", { label: "Name" }),
    sampleField("total", "money", { label: "Total" }),
  ],
});
const style = { decimal: ".", days: "dmy" } as const;
const plan: Plan = { fields: ["name", null, "total"], key: "name", style };
const say = (key: string) => key;
const row = (...cells: string[]) => filled(model, plan, { line: 7, cells }, String, say);

it("takes what the columns say, and nothing from empty cells", () => {
  expect(row(" Acme ", "left out", "1,200.50")).toEqual({
    line: 7,
    values: { name: "Acme", total: "1200.50" },
  });
  expect(row("Acme")).toEqual({ line: 7, values: { name: "Acme" } });
  expect(row("'+33 1")).toEqual({ line: 7, values: { name: "+33 1" } });
});

it("says what is wrong with which field", () => {
  expect(row("Acme", "", "much")).toEqual({
    line: 7,
    message: "Total: import.fault.number (much)",
  });
});

it("changes the record that is there, and makes those that are not", () => {
  const values = { name: "Acme" };
  const call = (id?: string | null) =>
    callOf(
      model,
      plan,
      { line: 7, values },
      new Map(id === undefined ? [] : [["Acme", id]]),
      say,
    );
  expect(call()).toEqual({ method: "POST", path: "/api/shop/orders", body: values });
  expect(call("1")).toMatchObject({ method: "PATCH", path: "/api/shop/orders/1" });
  expect(call(null)).toEqual({ line: 7, message: "import.fault.several" });
});

it("tells the daemon's refusals by the fields' labels", () => {
  const errors = [
    { in: "body" as const, pointer: "/total", code: "x", message: "Too much." },
  ];
  expect(told(model, new Problem(422, { errors }))).toBe("Total: Too much.");
  expect(told(model, new Problem(409, { detail: "It is there." }))).toBe("It is there.");
});
