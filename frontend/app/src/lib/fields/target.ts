/** The record that a value of another record stands for. */

import { contract } from "#lib/contract/contract.svelte.ts";
import { at, type Values } from "#lib/contract/condition.ts";
import type { Field, Model } from "#lib/contract/types.ts";

/**
 * The model of the record whose id stands in `field`: the one that it refers to, or the
 * one whose key stands beside it, in the field of `model` that holds keys of models.
 */
export function targetOf(model: Model, field: Field, record: Values): Model | undefined {
  if (field.kind === "reference") return contract.model(field.relation?.model);
  if (field.widget !== "record") return undefined;
  const beside = model.fields.find((each) => each.widget === "model");
  const key = beside && at(record, beside.name);
  return typeof key === "string" ? contract.model(key) : undefined;
}
