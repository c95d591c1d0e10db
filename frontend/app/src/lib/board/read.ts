/** What a board shows, as it is read: its columns, and what they count. */

import { contract } from "#lib/contract/contract.svelte.ts";
import { called, fieldsOf, selection } from "#lib/contract/display.ts";
import type { Field, Measure, Model } from "#lib/contract/types.ts";
import type { Group } from "#lib/graph/select.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { learn } from "#lib/records/names.svelte.ts";
import { list, type Page, type Row } from "#lib/records/records.ts";
import { emptyColumn, type Column } from "./columns.ts";

const COLUMNS_AT_ONCE = 1000;

/** The columns: options of a choice, or the records that a reference may lead to. */
export async function columnsOf(field: Field | undefined): Promise<Column[]> {
  const options = field?.options;
  if (options !== undefined)
    return options.map((each) => emptyColumn(each.value, each.label, each.colour));
  const target = contract.model(field?.relation?.model);
  if (target === undefined || !target.can.list) return [];
  const rows = await all(target);
  for (const row of rows) learn(target, row);
  return rows.map((row) =>
    emptyColumn(row.id, called(target.display, row) || row.id, null),
  );
}

/** All records of a model, in its order; what they are called is enough of them. */
async function all(model: Model): Promise<Row[]> {
  const select = selection(["id", ...fieldsOf(model.display)]);
  const order = model.order.map((each) => each.join(".")).join(",");
  const asked = { select, order, limit: COLUMNS_AT_ONCE };
  const rows: Row[] = [];
  let from: { cursor?: string } | null = {};
  while (from !== null) {
    const page: Page = await list(model, { ...asked, ...from });
    rows.push(...page.items);
    from = page.next_cursor === null ? null : { cursor: page.next_cursor };
  }
  return rows;
}

/** The sum of a field, as a measure. */
export function sumOf(model: Model, name: string): Measure {
  const title = model.fields.find((field) => field.name === name)?.label ?? name;
  return { key: `${name}.sum`, title, fn: "sum", field: name };
}

/** Columns for what records have that none stands for; none for nothing only if needed. */
export function withRest(columns: Column[], told: Group[]): Column[] {
  const known = new Set(columns.map((column) => column.key));
  const rest = told.map(({ keys: [key = null] }) => (key === null ? null : String(key)));
  const unknown = [...new Set(rest)].filter((key) => !known.has(key));
  return [
    ...columns,
    ...unknown.map((key) => emptyColumn(key, key ?? t("app.none"), null)),
  ];
}

/** How many cards a column has, and what they come to. */
export function figures(column: Column, told: Group[]): Pick<Column, "count" | "sums"> {
  const own = told.filter((group) => group.keys[0] === column.key);
  const sums = own.flatMap(({ currency, values: [, value] }) =>
    value === null || value === undefined ? [] : [{ currency, value }],
  );
  return { count: own.reduce((sum, group) => sum + Number(group.values[0]), 0), sums };
}
