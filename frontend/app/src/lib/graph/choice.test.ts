import { describe, expect, it } from "vitest";
import { sampleField, sampleModel } from "#lib/contract/sample.ts";
import type { Measure } from "#lib/contract/types.ts";
import { dimensionsOf, kindOf, measureOf, offeredOf } from "./choice.ts";

const model = sampleModel({ fields: [sampleField("state"), sampleField("date", "date")] });
const measures: Measure[] = [
  { key: "count", title: "Number", fn: "count", field: null },
  { key: "total.sum", title: "Total", fn: "sum", field: "total" },
];
const view = { by: ["state", "gone", "date.month()"], measures, chart: "line" as const };
const offered = offeredOf(model, view);
const shown = (by?: string, and?: string) =>
  dimensionsOf(offered, by, and).map((each) => each.by);

describe("the choice of a graph", () => {
  it("begins with what the model has first", () => {
    expect(shown()).toEqual(["state"]);
    expect(measureOf(view, undefined)?.key).toBe("count");
    expect(kindOf(view, undefined)).toBe("line");
  });

  it("is as somebody chose it", () => {
    expect(shown("date.month()", "state")).toEqual(["date.month()", "state"]);
    expect(measureOf(view, "total.sum")?.key).toBe("total.sum");
    expect(kindOf(view, "pie")).toBe("pie");
  });

  it("passes over what there is not", () => {
    expect(offered).toHaveLength(2);
    expect(shown("gone", "gone")).toEqual(["state"]);
    expect(measureOf(view, "gone")?.key).toBe("count");
    expect(kindOf(view, "gone")).toBe("line");
  });

  it("does not count by the same twice", () => {
    expect(shown("state", "state")).toEqual(["state"]);
  });
});
