/** Modules, and all that is known of one, as the core tells. */

import { answered, core } from "#lib/api/client.ts";
import { request } from "#lib/api/request.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";

export type State = Awaited<ReturnType<typeof modules>>[number];

export interface Detail {
  name: string;
  version: string;
  display_name: string;
  description: string;
  author: string;
  depends: string[];
  optional: string[];
  priority: number | null;
  state: string;
  error: string | null;
  routes: { method: string; path: string; permission: string | null; summary: string }[];
  models: { name: string }[];
  permissions: { name: string; title: string }[];
  services: { name: string; summary: string; permission: string | null }[];
  uses: { service: string; version: number }[];
  events: { name?: string; topic?: string }[];
  subscriptions: string[];
  jobs: { name: string; cron: string }[];
  capabilities: string[];
  denied: string[];
  limits: Record<string, number>;
  migrations: { entity: string; version: string; applied_at: string }[];
}

export async function modules() {
  return (await answered(core.GET("/api/modules"))).modules;
}

export async function detail(name: string): Promise<Detail> {
  return (await request<Detail>("GET", `/api/modules/${encodeURIComponent(name)}`)).data;
}

const STATES = ["loaded", "failed", "inactive", "waiting", "loading"] as const;

/** How the screens call a state, where they know it. */
export function stateName(state: string): string {
  const known = STATES.find((each) => each === state);
  return known === undefined ? state : t(`admin.modules.${known}`);
}

/** The colour of a state: failed is what somebody has to look at. */
export function stateColour(state: string): string {
  if (state === "loaded") return "green";
  return state === "failed" ? "red" : "slate";
}
