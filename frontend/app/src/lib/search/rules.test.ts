import { expect, it } from "vitest";
import { sampleField, sampleModel } from "#lib/contract/sample.ts";
import type { Condition } from "#lib/contract/types.ts";
import { conditionsFor, ruleOf, rulesFor, type Bundle } from "./rules.ts";
import { filterable, wordsOf } from "./words.ts";

const model = sampleModel({
  company: "own_company_id",
  fields: [
    sampleField("id", "uuid", { nullable: false }),
    sampleField("name", "text", { nullable: false }),
    sampleField("total", "money"),
    sampleField("done", "boolean", { nullable: false }),
    sampleField("due_on", "date"),
    sampleField("at", "datetime"),
    sampleField("tags", "tags"),
    sampleField("owner_id", "uuid"),
    sampleField("own_company_id", "reference"),
    sampleField("data", "json"),
  ],
});

it("makes of every rule a condition that it can be read from again", () => {
  for (const field of filterable(model)) {
    for (const word of wordsOf(model, field)) {
      const value = word === "past" || word === "coming" ? 7 : "12";
      const bundle: Bundle = { any: false, rules: [{ field: field.name, word, value }] };
      const [condition] = conditionsFor(bundle);
      const rule = condition && ruleOf(model, condition);
      expect(rule, `${field.name} ${word}`).toMatchObject({ field: field.name, word });
      expect(conditionsFor({ any: false, rules: rule ? [rule] : [] })).toEqual([condition]);
    }
  }
});

it("says what is written down nowhere but in the calendar", () => {
  const rules = [{ field: "due_on", word: "past" as const, value: 7 }];
  expect(conditionsFor({ any: false, rules })).toEqual([
    {
      and: [
        { field: "due_on", op: "gte", value: { today: -7 } },
        { field: "due_on", op: "lt", value: { today: 1 } },
      ],
    },
  ]);
});

it("leaves out what is not complete", () => {
  const rules = [{ field: "name", word: "contains" as const, value: "" }];
  expect(conditionsFor({ any: true, rules: [...rules, { any: true, rules }] })).toEqual([]);
});

it("keeps groups, and what it has no words for", () => {
  const conditions: Condition[] = [
    { field: "name", op: "eq", value: "A" },
    {
      or: [
        { field: "done", op: "eq", value: true },
        { field: "total", op: "gt", value: "5" },
      ],
    },
    { field: "customer.name", op: "eq", value: "B" },
  ];
  const bundle = rulesFor(model, conditions);
  expect(bundle.rules[1]).toMatchObject({ any: true });
  expect(bundle.rules[2]).toEqual({ fixed: conditions[2] });
  expect(conditionsFor(bundle)).toEqual(conditions);
});

it("takes alternatives alone as such", () => {
  const either: Condition = {
    or: [
      { field: "name", op: "eq", value: "A" },
      { field: "name", op: "eq", value: "B" },
    ],
  };
  const bundle = rulesFor(model, [either]);
  expect(bundle.any).toBe(true);
  expect(conditionsFor(bundle)).toEqual([either]);
});
