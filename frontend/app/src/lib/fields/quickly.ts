/** The quick search: every word is somewhere in the fields that a model is found by. */

import { fieldsOf } from "#lib/contract/display.ts";
import { fieldAt } from "#lib/contract/contract.svelte.ts";
import type { Condition, Model } from "#lib/contract/types.ts";

const WORDS_MAX = 5;

/** The condition for what somebody typed into the search box of `model`. */
export function quickly(model: Model, text: string): Condition {
  const words = text.trim().split(/\s+/).filter(Boolean).slice(0, WORDS_MAX);
  const fields = textFields(model);
  return {
    and: words.map((word) => ({
      or: fields.map((field) => ({ field, op: "ilike" as const, value: `*${word}*` })),
    })),
  };
}

const TEXTS = new Set(["text", "multiline", "email", "phone", "url"]);

function textFields(model: Model): string[] {
  const wanted = [...model.views.search.quick, ...fieldsOf(model.display)];
  return [...new Set(wanted)].filter((path) => TEXTS.has(fieldAt(model, path)?.kind ?? ""));
}
