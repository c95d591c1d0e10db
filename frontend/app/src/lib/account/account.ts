/** One's own account: another password, and where one is signed in. */

import { answered, core } from "#lib/api/client.ts";
import { contract } from "#lib/contract/contract.svelte.ts";
import { i18n, type Language } from "#lib/i18n/i18n.svelte.ts";
import { live } from "#lib/live/live.svelte.ts";
import { leaveScreen } from "#lib/session/leaving.ts";
import { session } from "#lib/session/session.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";

export async function changePassword(current: string, next: string): Promise<void> {
  await core.POST("/api/auth/password", { body: { current, new: next } });
}

export async function sessions() {
  return (await answered(core.GET("/api/auth/sessions"))).items;
}

export async function endSession(id: string): Promise<void> {
  await core.DELETE("/api/auth/sessions/{id}", { params: { path: { id } } });
}

/** Acts in another company, once nothing is lost by it that was typed. */
export function actIn(company: string): void {
  leaveScreen(() => void enter(company));
}

/** In another company there are other records, and other things that may be done. */
async function enter(company: string): Promise<void> {
  try {
    await session.actIn(company);
    live.restart();
    await contract.load();
  } catch (error) {
    toasts.failed(error);
  }
}

/** Speaks another language, and asks for the contract in it. */
export async function speak(language: Language): Promise<void> {
  await i18n.speak(language);
  await contract.load();
}
