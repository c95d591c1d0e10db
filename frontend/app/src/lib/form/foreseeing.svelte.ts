/** Asks the daemon for the totals of lines, which are the module's own business. */

import { toasts } from "#lib/ui/toasts.svelte.ts";
import type { Editing } from "./editing.svelte.ts";

/** So long nobody has to type before it is asked. */
const QUIET_MS = 400;

/** Asks for as long as the component is there that calls it, whenever something changed. */
export function foreseeWhileTyping(editing: () => Editing): void {
  $effect(() => {
    const { model, edits } = editing();
    if (model.lines.length === 0 || Object.keys(edits).length === 0) return;
    const asked = new AbortController();
    const timer = setTimeout(() => void foresee(editing(), asked.signal), QUIET_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  });
}

async function foresee(editing: Editing, signal: AbortSignal): Promise<void> {
  try {
    await editing.foresee(signal);
  } catch (error) {
    toasts.failed(error);
  }
}
