/** Webhooks, as the core has them. */

import { answered, core } from "#lib/api/client.ts";
import type { components } from "#lib/api/schema.d.ts";

export type Webhook = components["schemas"]["Webhooks.Webhook"];

export interface Draft {
  url: string;
  topics: string[];
  active: boolean;
}

export async function webhooks(): Promise<Webhook[]> {
  return (await answered(core.GET("/api/webhooks"))).items;
}

/** Adds a webhook; answers its secret. */
export async function add(body: Draft): Promise<string> {
  return (await answered(core.POST("/api/webhooks", { body }))).secret;
}

export async function change(id: string, body: Draft): Promise<void> {
  await core.PATCH("/api/webhooks/{id}", { params: { path: { id } }, body });
}

export async function remove(id: string): Promise<void> {
  await core.DELETE("/api/webhooks/{id}", { params: { path: { id } } });
}

/** Gives it another secret, and answers that. */
export async function rotate(id: string): Promise<string> {
  const told = core.POST("/api/webhooks/{id}/rotate", { params: { path: { id } } });
  return (await answered(told)).secret;
}

/** Posts a message that says nothing. */
export async function test(id: string): Promise<{ status: number; delivered: boolean }> {
  return answered(core.POST("/api/webhooks/{id}/test", { params: { path: { id } } }));
}
