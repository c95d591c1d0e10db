/** What a graph shows: as somebody chose it, or else what its model has first. */

import type { Chart, Measure, Model } from "#lib/contract/types.ts";
import { dimensionOf, type Dimension } from "./dimension.ts";

type View = NonNullable<Model["views"]["graph"]>;
type Chosen = string | undefined;

/** The choice of the amounts without a currency. */
export const NONE = "none";
export const KINDS: Chart[] = ["bar", "line", "pie"];

/** All dimensions that the caller may count by. */
export function offeredOf(model: Model, view: View): Dimension[] {
  return view.by.flatMap((by) => dimensionOf(model, by) ?? []);
}

/** One dimension, or two where another was chosen as well. */
export function dimensionsOf(offered: Dimension[], by: Chosen, and: Chosen): Dimension[] {
  const down = offered.find((each) => each.by === by) ?? offered[0];
  const across = offered.find((each) => each.by === and && each !== down);
  return [down, across].filter((each) => each !== undefined);
}

export function measureOf(view: View, key: Chosen): Measure | undefined {
  return view.measures.find((each) => each.key === key) ?? view.measures[0];
}

export function kindOf(view: View, kind: Chosen): Chart {
  return KINDS.find((each) => each === kind) ?? view.chart;
}
