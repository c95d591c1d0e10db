/** Writes what a list finds into a file, page after page. */

import { selection } from "#lib/contract/display.ts";
import type { Condition, Model } from "#lib/contract/types.ts";
import type { Column } from "#lib/list/columns.ts";
import type { Wanted } from "#lib/list/listing.svelte.ts";
import { orderText } from "#lib/list/query.ts";
import { namesOf } from "#lib/records/names.svelte.ts";
import { list, type Page, type Row } from "#lib/records/records.ts";
import { cellsOf, type Cell } from "./cells.ts";
import { BOM, csvLine } from "./csv.ts";
import { workbook } from "./xlsx.ts";

export interface Plan {
  model: Model;
  columns: Column[];
  wanted: Wanted;
  /** Only these records, where some are selected. */
  ids: string[] | null;
  format: "csv" | "xlsx";
  bom: boolean;
}

const PAGE = 1000;
/** So many ids fit into the address of a request. */
const IDS_AT_ONCE = 100;

/** The file. Throws an `AbortError` when `signal` aborts. */
export async function exported(
  plan: Plan,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const head = plan.columns.map((column) => column.field.label);
  const lines: Cell[][] = [];
  const text: string[] = [csvLine(head.map((label) => ({ kind: "text", text: label })))];
  let done = 0;
  for await (const rows of pages(plan, signal)) {
    const cells = await cellsOfAll(plan.columns, rows);
    if (plan.format === "csv") text.push(cells.map(csvLine).join(""));
    else lines.push(...cells);
    progress((done += rows.length));
  }
  if (plan.format === "xlsx") return workbook(plan.model.plural, head, lines);
  return new Blob([plan.bom ? BOM : "", ...text], { type: "text/csv;charset=utf-8" });
}

async function* pages(plan: Plan, signal: AbortSignal): AsyncGenerator<Row[]> {
  if (plan.ids === null) return yield* wholly(plan, plan.wanted.where, signal);
  for (let from = 0; from < plan.ids.length; from += IDS_AT_ONCE) {
    const value = plan.ids.slice(from, from + IDS_AT_ONCE);
    yield* wholly(plan, [{ field: "id", op: "in", value }], signal);
  }
}

async function* wholly(
  { model, columns, wanted }: Plan,
  where: Condition[],
  signal: AbortSignal,
): AsyncGenerator<Row[]> {
  const select = selection(["id", ...columns.map((column) => column.path)]);
  const order = orderText(wanted.order);
  const deleted = wanted.deleted ? { deleted: "only" as const } : {};
  let cursor: string | null = null;
  do {
    const from = cursor === null ? {} : { cursor };
    const page: Page = await list(model, {
      where,
      select,
      order,
      limit: PAGE,
      signal,
      ...deleted,
      ...from,
    });
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}

/** The cells of `rows`, once it is known what they refer to. */
async function cellsOfAll(columns: Column[], rows: Row[]): Promise<Cell[][]> {
  const names = new Map<string, Map<string, string>>();
  for (const { path, field } of columns) {
    const model = field.relation?.model;
    if (model === undefined) continue;
    const ids = rows.flatMap((row) => (row[path] as string | string[] | null) ?? []);
    const known = names.get(model) ?? new Map<string, string>();
    const told = await namesOf(model, [...new Set(ids)]);
    names.set(model, new Map([...known, ...told]));
  }
  const record = (model: string, id: string) => names.get(model)?.get(id) ?? id;
  return rows.map((row) => cellsOf(columns, row, { record }));
}
