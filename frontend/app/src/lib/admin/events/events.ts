/** Jobs, and what was or is to be delivered, as the core tells. */

import { answered, core } from "#lib/api/client.ts";
import type { components } from "#lib/api/schema.d.ts";

export type Delivery = components["schemas"]["Deliveries.Delivery"];
export type DeliveryState = Delivery["state"];
export const STATES = ["dead", "pending", "done"] as const satisfies DeliveryState[];

export async function jobs() {
  return (await answered(core.GET("/api/jobs"))).items;
}

export async function deliveries(state: DeliveryState, cursor?: string) {
  const query = { state, ...(cursor === undefined ? {} : { cursor }) };
  return answered(core.GET("/api/deliveries", { params: { query } }));
}

export async function delivery(id: string): Promise<Delivery> {
  return answered(core.GET("/api/deliveries/{id}", { params: { path: { id } } }));
}

/** Tries a dead one again. */
export async function replay(id: string): Promise<void> {
  await core.POST("/api/deliveries/{id}/replay", { params: { path: { id } } });
}

const COLOURS = { dead: "red", pending: "amber", done: "green" } as const;

export function colourOf(state: DeliveryState): string {
  return COLOURS[state];
}
