/** Which records are called as the cells of a file say, asked for together. */

import type { Condition, Model } from "#lib/contract/types.ts";
import { contract } from "#lib/contract/contract.svelte.ts";
import { called, fieldsOf, selection } from "#lib/contract/display.ts";
import { quickly } from "#lib/fields/quickly.ts";
import { list, type Page, type Row } from "#lib/records/records.ts";
import { several, Unreadable } from "./cell.ts";
import type { Line, Plan } from "./plan.ts";

/** So many texts fit into the address of a request, and so many searches into a query. */
const TEXTS_AT_ONCE = 25;
const SEARCHES_AT_ONCE = 5;
const PAGE = 200;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By text: the id, null where several records have it. */
export type Found = Map<string, string | null>;

/** The records that cells refer to, remembered from one chunk of rows to the next. */
export class References {
  private readonly known = new Map<string, Found>();
  private readonly asked = new Set<string>();

  /** Asks for all that `lines` refer to. */
  async load(model: Model, plan: Plan, lines: Line[]): Promise<void> {
    for (const [n, name] of plan.fields.entries()) {
      const field = model.fields.find((each) => each.name === name);
      const target = contract.model(field?.relation?.model);
      if (target === undefined) continue;
      const one = field?.kind === "reference";
      const texts = lines.flatMap(({ cells }) => {
        const text = cells[n]?.trim() ?? "";
        return one ? [text] : several(text);
      });
      await this.ask(target, texts);
    }
  }

  /** The id of the record that is called `text`. */
  find(key: string, text: string): string {
    if (ID.test(text)) return text;
    const id = this.known.get(key)?.get(text);
    if (id === undefined) throw new Unreadable("import.fault.unknown");
    if (id === null) throw new Unreadable("import.fault.several");
    return id;
  }

  private async ask(target: Model, texts: string[]): Promise<void> {
    const fresh = [...new Set(texts)].filter(
      (text) => text !== "" && !ID.test(text) && !this.asked.has(`${target.key}/${text}`),
    );
    const found = await recordsCalled(target, fresh);
    const known = this.known.get(target.key);
    this.known.set(target.key, new Map([...(known ?? []), ...found]));
    for (const text of fresh) this.asked.add(`${target.key}/${text}`);
  }
}

/** The records of `target` that are called like one of `texts`. */
async function recordsCalled(target: Model, texts: string[]): Promise<Found> {
  const [field = "", ...more] = fieldsOf(target.display);
  if (target.display === `{${field}}`) return recordsWith(target, field, texts);
  const found: Found = new Map();
  const select = selection(["id", field, ...more]);
  for (const some of chunks(texts, SEARCHES_AT_ONCE)) {
    const where = [{ or: some.map((text) => quickly(target, text)) }];
    const rows = await all(target, where, select);
    gather(found, rows, some, (row) => called(target.display, row));
  }
  return found;
}

/** The records of `target` in whose `field` one of `texts` stands. */
export async function recordsWith(
  target: Model,
  field: string,
  texts: string[],
): Promise<Found> {
  const found: Found = new Map();
  for (const value of chunks([...new Set(texts)], TEXTS_AT_ONCE)) {
    const rows = await all(target, [{ field, op: "in", value }], `id,${field}`);
    gather(found, rows, value, (row) => String(row[field]));
  }
  return found;
}

function gather(
  found: Found,
  rows: Row[],
  texts: string[],
  textOf: (row: Row) => string,
): void {
  for (const row of rows) {
    const text = textOf(row);
    if (texts.includes(text)) found.set(text, found.has(text) ? null : row.id);
  }
}

async function all(target: Model, where: Condition[], select: string): Promise<Row[]> {
  const rows: Row[] = [];
  let from: { cursor?: string } = {};
  for (;;) {
    const page: Page = await list(target, { where, select, limit: PAGE, ...from });
    rows.push(...page.items);
    if (page.next_cursor === null) return rows;
    from = { cursor: page.next_cursor };
  }
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
