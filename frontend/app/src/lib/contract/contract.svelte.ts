/** The contract with the core: what there is for this caller, and how it is shown. */

import { request } from "#lib/api/request.ts";
import { i18n } from "#lib/i18n/i18n.svelte.ts";
import { fieldsOf } from "./display.ts";
import type {
  Condition,
  Contract,
  Field,
  MenuItem,
  Model,
  Module,
  Report,
} from "./types.ts";

const EMPTY: Contract = {
  hash: "",
  language: "en",
  modules: [],
  models: {},
  reports: [],
  dashboards: [],
  slots: {},
};

class Held {
  value = $state.raw<Contract>(EMPTY);
  loaded = $state(false);

  /** Asks for it anew: after signing in, and for another language or company. */
  async load(): Promise<void> {
    const query = { language: i18n.language };
    this.value = (await request<Contract>("GET", "/api/ui", { query })).data;
    this.loaded = true;
  }

  forget(): void {
    this.value = EMPTY;
    this.loaded = false;
  }

  model(key: string | undefined): Model | undefined {
    return key === undefined ? undefined : this.value.models[key];
  }

  module(name: string): Module | undefined {
    return this.value.modules.find((module) => module.name === name);
  }

  report(key: string): Report | undefined {
    return this.value.reports.find((report) => report.key === key);
  }
}

export const contract = new Held();

/** A field of a model by its path: `company.name` is that of the related model. */
export function fieldAt(model: Model, path: string): Field | undefined {
  const own = model.fields.find((field) => field.name === path);
  if (own !== undefined) return own;
  const [head = "", ...rest] = path.split(".");
  const reference = model.fields.find((field) => field.name === `${head}_id`);
  const target = contract.model(reference?.relation?.model);
  if (target === undefined || reference === undefined) return undefined;
  const inner = fieldAt(target, rest.join("."));
  if (inner === undefined) return undefined;
  // What the related record is called by stands for the record.
  const named = fieldsOf(target.display).includes(inner.name);
  return { ...inner, name: path, label: named ? reference.label : inner.label };
}

/** Where the screens of a model are: `/crm/companies`. */
export function pathOf(model: Model): string {
  return `/m/${model.module}/${model.name}`;
}

export function recordPath(model: Model, id: string): string {
  return `${pathOf(model)}/${id}`;
}

/** The list of what all of `where` holds of, without the filters that it begins with. */
export function listPath(model: Model, where: Condition[]): string {
  const query = new URLSearchParams({ filter: "", where: JSON.stringify(where) });
  return `${pathOf(model)}?${query.toString()}`;
}

/** A new record of a model, which begins with `preset`. */
export function newPath(model: Model, preset: Record<string, string> = {}): string {
  const text = new URLSearchParams(preset).toString();
  return `${pathOf(model)}/new${text && `?${text}`}`;
}

/** Where a report is, with its parameters: `/r/accounting/balance-sheet`. */
export function reportPath(key: string, parameters: Record<string, string> = {}): string {
  const text = new URLSearchParams(parameters).toString();
  return `/r/${key.replace(".", "/")}${text && `?${text}`}`;
}

/** Where an item of the menu leads. */
export function menuPath(module: Module, item: MenuItem): string {
  if (item.report !== undefined) return reportPath(item.report);
  const model = contract.model(item.model);
  if (model === undefined) return `/m/${module.name}`;
  const query = new URLSearchParams();
  if (item.view !== undefined && item.view !== "list") query.set("view", item.view);
  if (item.filter !== undefined) query.set("filter", item.filter);
  const text = query.toString();
  return pathOf(model) + (text && `?${text}`);
}
