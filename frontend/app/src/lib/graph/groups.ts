/** Groups of records and what they come to, as lists answer them. */

import type { Condition, Measure, Model } from "#lib/contract/types.ts";
import { list } from "#lib/records/records.ts";
import {
  currencyField,
  groupOf,
  groupSelect,
  type Answered,
  type Group,
} from "./select.ts";

/** What the daemon answers at most. */
export const GROUPS_MAX = 1000;

/** The groups of the records that all of `where` holds of. */
export async function groups(
  model: Model,
  where: Condition[],
  by: string[],
  measures: Measure[],
): Promise<Group[]> {
  const select = groupSelect(by, measures, currencyField(model, measures));
  const page = await list<Answered>(model, { where, select, limit: GROUPS_MAX });
  return page.items.map((item) => groupOf(item, by.length, measures.length));
}
