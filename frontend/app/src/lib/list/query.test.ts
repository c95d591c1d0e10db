import { expect, it } from "vitest";
import { sampleField, sampleModel } from "#lib/contract/sample.ts";
import type { Condition } from "#lib/contract/types.ts";
import { named, readState, viewsOf, writeState } from "./query.ts";

const eq = (field: string, value: string): Condition => ({ field, op: "eq", value });
const model = sampleModel({
  display: "{number}",
  fields: [sampleField("number"), sampleField("state")],
});
model.views.calendar = { start: "date", end: null, title: "number", colour: null };
model.views.search = {
  quick: ["number"],
  groups: [],
  filters: [
    { key: "open", title: "Open", where: eq("state", "open"), default: true },
    { key: "done", title: "Done", where: eq("state", "done") },
    { key: "mine", title: "Mine", where: eq("owner", "me") },
  ],
};

const read = (query: string) => readState(model, new URLSearchParams(query));

it("begins with the default filters, in the model's own order", () => {
  const state = read("");
  expect(state.filters).toEqual(["open"]);
  expect(state.order).toEqual([]);
  expect(writeState(model, state).toString()).toBe("");
});

it("says by an empty filter that there is none", () => {
  expect(read("filter=").filters).toEqual([]);
  expect(writeState(model, read("filter=")).toString()).toBe("filter=");
});

it("keeps what was chosen in the view that is shown, and in no other", () => {
  const state = read("view=calendar&span=week&day=2026-03-01&measure=count");
  expect(state.look).toEqual({ span: "week", day: "2026-03-01" });
  expect(writeState(model, state).get("day")).toBe("2026-03-01");
  expect(writeState(model, { ...state, view: "list" }).toString()).toBe("");
  expect(writeState(model, { ...state, look: {} }).toString()).toBe("view=calendar");
});

it("reads what it wrote", () => {
  const state = read("");
  state.view = "calendar";
  state.filters = ["done", "mine"];
  state.text = "A & B";
  state.where = [eq("number", '4,"5"'), { not: eq("state", "x") }];
  state.order = [["number", "desc"]];
  state.group = "date.month()";
  state.deleted = true;
  expect(read(writeState(model, state).toString())).toEqual(state);
});

it("passes over what is not known", () => {
  const state = read('view=board&filter=open,gone&order=nothing.desc&where=[1,{"and":3}]');
  expect(state).toMatchObject({ view: "list", filters: ["open"], order: [], where: [] });
  expect(read("where={").where).toEqual([]);
});

it("has a view where the model has one", () => {
  expect(viewsOf(model)).toEqual(["list", "calendar"]);
});

it("takes filters about the same field as alternatives", () => {
  expect(named(model, ["open", "done", "mine"])).toEqual([
    { or: [eq("state", "open"), eq("state", "done")] },
    eq("owner", "me"),
  ]);
});
