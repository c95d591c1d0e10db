/** What other modules add to the form of a model. */

import type { Action, Contract, Model, Slot } from "#lib/contract/types.ts";

export interface Slots {
  before: Slot[];
  after: Slot[];
  actions: Action[];
}

export function slotsOf(contract: Contract, model: Model): Slots {
  const at = (place: string) => contract.slots[`${model.key}.form.${place}`] ?? [];
  const [header, before, after] = [at("header"), at("before"), at("after")];
  const all = [...header, ...before, ...after];
  return {
    before: [...header, ...before],
    after: [...after, ...[...header, ...before].filter(({ related }) => related)],
    actions: all.flatMap(({ action }) => action ?? []),
  };
}
