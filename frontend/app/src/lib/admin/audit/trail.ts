/** The audit trail, as the core tells it. */

import { answered, core } from "#lib/api/client.ts";
import { narrowing, type Sought } from "./sought.ts";

export type Entry = Awaited<ReturnType<typeof trail>>["items"][number];
export type Verdict = Awaited<ReturnType<typeof verify>>;
export async function trail(sought: Sought, cursor?: string) {
  const query = { model: sought.model, ...narrowing(sought) };
  const page = cursor === undefined ? {} : { cursor };
  return answered(core.GET("/api/audit", { params: { query: { ...query, ...page } } }));
}

export async function verify() {
  return answered(core.POST("/api/audit/verify"));
}
