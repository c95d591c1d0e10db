/** The own companies that users act in: any model may say which model has them. */

import { contract } from "#lib/contract/contract.svelte.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import { nameOf } from "./names.svelte.ts";

/** The field of some record that says to which own company it belongs. */
export function companyField(): Field | undefined {
  const told = Object.values(contract.value.models).map(ownerOf);
  return told.find((field) => contract.model(field?.relation?.model) !== undefined);
}

function ownerOf(model: Model): Field | undefined {
  return model.fields.find((field) => field.name === model.company);
}

/** What an own company is called; its id where the caller may not see it. */
export function companyName(id: string): string {
  const model = companyField()?.relation?.model;
  return model === undefined ? id.slice(0, 8) : (nameOf(model, id) ?? "…");
}
