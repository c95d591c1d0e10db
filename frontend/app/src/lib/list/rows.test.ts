import { expect, it } from "vitest";
import type { Page } from "#lib/records/records.ts";
import { Rows, type Ask } from "./rows.svelte.ts";

/** A list of so many records, and what was asked of it. */
function shelf(total: number) {
  const asked: Ask[] = [];
  const ask = async (page: Ask): Promise<Page> => {
    asked.push(page);
    const from = Number(page.cursor ?? 0);
    const to = Math.min(from + page.limit, total);
    const items = Array.from({ length: to - from }, (_, n) => ({ id: String(from + n) }));
    const more: Partial<Page> = page.count === undefined ? {} : { total };
    return { items, next_cursor: to < total ? String(to) : null, ...more };
  };
  return { asked, rows: new Rows(ask) };
}

it("reads a page, and knows how many there are", async () => {
  const { rows, asked } = shelf(100_000);
  await rows.reach(0);
  expect(rows.items).toHaveLength(200);
  expect(rows.count).toBe(100_000);
  await rows.reach(150);
  expect(asked).toHaveLength(1);
});

it("reads on as somebody scrolls, and further at once when they jump", async () => {
  const { rows, asked } = shelf(100_000);
  await rows.reach(0);
  await rows.reach(250);
  await rows.reach(5000);
  expect(rows.items[5000]?.id).toBe("5000");
  expect(asked.map((each) => each.limit)).toEqual([200, 200, 1000, 1000, 1000, 1000, 601]);
});

it("stops when nobody looks so far any more", async () => {
  const { rows, asked } = shelf(100_000);
  const reading = rows.reach(90_000);
  rows.rest(10);
  await reading;
  expect(asked.map((each) => each.limit)).toEqual([1000]);
});

it("knows the number exactly at the end", async () => {
  const { rows } = shelf(230);
  await rows.reach(1000);
  expect([rows.items.length, rows.count]).toEqual([230, 230]);
  rows.drop(new Set(["7"]));
  expect([rows.items.length, rows.count]).toEqual([229, 229]);
});

it("forgets what is answered after it began anew", async () => {
  const { rows } = shelf(300);
  const first = rows.reach(250);
  await rows.again();
  await first;
  expect(new Set(rows.items.map((row) => row.id)).size).toBe(rows.items.length);
});
