import { expect, it } from "vitest";
import type { Contract, Model } from "#lib/contract/types.ts";
import { about, activitiesOf, filesOf } from "./shapes.ts";

const model = (key: string, fields: Record<string, string>, list = true) =>
  ({
    key,
    can: { list },
    fields: Object.entries(fields).map(([name, kind]) => ({ name, kind })),
  }) as Model;
const POINTER = { model: "text", record_id: "uuid" };
const TASK = model("x.tasks", { ...POINTER, due_at: "datetime" });
const FILE = model("x.files", {
  ...POINTER,
  name: "text",
  media_type: "text",
  size: "integer",
});
const contractOf = (...models: Model[]) =>
  ({ models: Object.fromEntries(models.map((each) => [each.key, each])) }) as Contract;

it("knows what is to be done, and files, by their shape", () => {
  const contract = contractOf(model("x.other", POINTER), FILE, TASK);
  expect(activitiesOf(contract)).toBe(TASK);
  expect(filesOf(contract)).toBe(FILE);
});

it("takes none that cannot be listed, or looks otherwise", () => {
  const hidden = model("x.tasks", { ...POINTER, due_at: "datetime" }, false);
  const dated = model("x.days", { ...POINTER, due_at: "date" });
  expect(activitiesOf(contractOf(hidden, dated))).toBeUndefined();
});

it("asks for what is about a record", () => {
  expect(about(TASK, "7").map(({ field, value }) => [field, value])).toEqual([
    ["model", "x.tasks"],
    ["record_id", "7"],
  ]);
});
