/** Roles and the permissions that there are, as the core has them. */

import { answered, core } from "#lib/api/client.ts";
import type { components } from "#lib/api/schema.d.ts";
import type { Matrix } from "./matrix.ts";

export type Role = components["schemas"]["Roles.Role"];

export async function roles(): Promise<Role[]> {
  return (await answered(core.GET("/api/roles"))).items;
}

export async function permissions(): Promise<Matrix> {
  return answered(core.GET("/api/permissions"));
}

/** Makes the role, or has it grant `granted` and nothing else. */
export async function put(name: string, granted: string[]): Promise<Role> {
  const body = { permissions: granted };
  return answered(core.PUT("/api/roles/{name}", { params: { path: { name } }, body }));
}

export async function remove(name: string): Promise<void> {
  await core.DELETE("/api/roles/{name}", { params: { path: { name } } });
}
