/** What was typed and not saved, kept over a reload of the page, in this tab only. */

import type { Edits } from "./edits.ts";

export interface Draft {
  /** What the record had where it was changed. */
  base: Edits;
  edits: Edits;
  /** The key under which it is saved, so that it is saved once. */
  key: string;
  /** When it was last changed. */
  at: string;
}

/** Where the draft of a record is kept; of another user it is another place. */
export function placeOf(user: string, model: string, id: string | null): string {
  return `eerp.draft/${user}/${model}/${id ?? "new"}`;
}

export function keepDraft(place: string, draft: Draft): void {
  try {
    sessionStorage.setItem(place, JSON.stringify(draft));
  } catch {
    // It is full: what is on the screen is not lost by that.
  }
}

export function dropDraft(place: string): void {
  sessionStorage.removeItem(place);
}

export function keptDraft(place: string): Draft | null {
  const text = sessionStorage.getItem(place);
  return text === null ? null : (JSON.parse(text) as Draft);
}
