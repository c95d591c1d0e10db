/** What the cards of dashboards ask for. */

import { request } from "#lib/api/request.ts";
import { contract } from "#lib/contract/contract.svelte.ts";
import type { Card, Condition, Measure, Model } from "#lib/contract/types.ts";
import { groups } from "#lib/graph/groups.ts";
import type { Group } from "#lib/graph/select.ts";
import { needed } from "#lib/records/needed.ts";
import { list, type Row } from "#lib/records/records.ts";

const ROWS = 8;
const COUNT: Measure = { key: "count", title: "", fn: "count", field: null };

export function whereOf(card: Card): Condition[] {
  return card.where === undefined ? [] : [card.where];
}

export function measureOf(card: Card): Measure {
  return card.measure ?? COUNT;
}

/** What the records of a card come to, by what it is grouped by, and by currency. */
export function figures(model: Model, card: Card): Promise<Group[]> {
  const by = card.by === undefined ? [] : [card.by];
  return groups(model, whereOf(card), by, [measureOf(card)]);
}

/** The first records of a card. */
export async function rows(model: Model, card: Card): Promise<Row[]> {
  const page = await list(model, {
    where: whereOf(card),
    select: needed(model, card.columns ?? []),
    order: model.order.map((each) => each.join(".")).join(","),
    limit: card.limit ?? ROWS,
  });
  return page.items;
}

/** The answer of the report that a card shows a value of. */
export async function answerOf(card: Card): Promise<unknown> {
  const report = contract.report(card.report ?? "");
  return report === undefined ? undefined : (await request("GET", report.path)).data;
}
