/** Reads a record, also one that was deleted. */

import { Problem } from "#lib/api/problem.ts";
import type { Model } from "#lib/contract/types.ts";
import { learn } from "#lib/records/names.svelte.ts";
import { get, list, type Row } from "#lib/records/records.ts";

export interface Read {
  row: Row;
  /** Whether it was deleted. */
  gone: boolean;
}

export async function readRecord(model: Model, id: string): Promise<Read> {
  try {
    const row = await get(model, id);
    learn(model, row);
    return { row, gone: false };
  } catch (error) {
    const missing = error instanceof Problem && error.status === 404;
    const row = missing ? await deletedRow(model, id) : undefined;
    if (row === undefined) throw error;
    return { row, gone: true };
  }
}

async function deletedRow(model: Model, id: string): Promise<Row | undefined> {
  if (!model.can.list) return undefined;
  const where = [{ field: "id", op: "eq" as const, value: id }];
  return (await list(model, { where, deleted: "only", limit: 1 })).items[0];
}
