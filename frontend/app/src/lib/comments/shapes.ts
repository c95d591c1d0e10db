/**
 * Records that belong to a record of whatever model: what is to be done about it, and files.
 * No module is known here, and the contract has no word for them, so they are known by their
 * shape: a `model` and a `record_id`, and what makes the one or the other.
 */

import type { Contract, Model } from "#lib/contract/types.ts";

/** The model of what is to be done about records: it is due at some time. */
export function activitiesOf(contract: Contract): Model | undefined {
  return find(contract, (model) => kindOf(model, "due_at") === "datetime");
}

/** The model of the files that are attached to records. */
export function filesOf(contract: Contract): Model | undefined {
  return find(contract, (model) =>
    ["name", "media_type", "size"].every((name) => kindOf(model, name) !== undefined),
  );
}

/** Where `model` says that something is about the record. */
export function about(
  model: Model,
  id: string,
): { field: string; op: "eq"; value: string }[] {
  return [
    { field: "model", op: "eq", value: model.key },
    { field: "record_id", op: "eq", value: id },
  ];
}

function find(contract: Contract, fits: (model: Model) => boolean): Model | undefined {
  return Object.values(contract.models).find(
    (model) =>
      model.can.list &&
      kindOf(model, "model") === "text" &&
      kindOf(model, "record_id") === "uuid" &&
      fits(model),
  );
}

function kindOf(model: Model, name: string): string | undefined {
  return model.fields.find((field) => field.name === name)?.kind;
}
