/** What was done to a record, as the core's audit trail has it. */

import { request } from "#lib/api/request.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Page } from "#lib/records/records.ts";

export interface Entry {
  at: string;
  actor: string | null;
  actor_name: string | null;
  action: "create" | "update" | "delete" | "restore" | "purge";
  before: Values | null;
  after: Values | null;
  reason: string | null;
}

export async function trailOf(
  model: string,
  id: string,
  cursor?: string,
): Promise<Page<Entry>> {
  const query = { model, id, ...(cursor === undefined ? {} : { cursor }) };
  return (await request<Page<Entry>>("GET", "/api/audit", { query })).data;
}
