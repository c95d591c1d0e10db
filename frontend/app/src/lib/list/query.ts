/** What a list shows, as the address of its page says it, so that a link shows the same. */

import type { Condition, Model, ViewName } from "#lib/contract/types.ts";

export type Order = [field: string, direction: "asc" | "desc"][];

export interface ListState {
  view: ViewName;
  /** Keys of the model's named filters. */
  filters: string[];
  /** What was typed into the quick search. */
  text: string;
  /** Conditions that somebody made; all of them must hold. */
  where: Condition[];
  /** Empty: the model's own order. */
  order: Order;
  /** What the rows are grouped by: a field, or `date.month()`. */
  group: string | null;
  /** Whether the deleted records are shown, and only these. */
  deleted: boolean;
  /** What was chosen in the view itself; nothing is as usual. */
  look: Look;
}

export type Look = Readonly<Partial<Record<string, string>>>;

/** What can be chosen in a view: how a graph counts, and which days a calendar shows. */
const LOOKS: Record<ViewName, string[]> = {
  list: [],
  board: [],
  calendar: ["span", "day"],
  graph: ["measure", "by", "and", "chart", "currency"],
};

/** What the address of the list of `model` asks for. */
export function readState(model: Model, query: Pick<URLSearchParams, "get">): ListState {
  const view = viewOf(model, query.get("view"));
  return {
    view,
    filters: filtersOf(model, query.get("filter")),
    text: query.get("q") ?? "",
    where: conditionsOf(query.get("where")),
    order: orderOf(model, query.get("order")),
    group: query.get("group"),
    deleted: query.get("deleted") === "only",
    look: Object.fromEntries(
      LOOKS[view].flatMap((name) => {
        const value = query.get(name);
        return value === null ? [] : [[name, value]];
      }),
    ),
  };
}

/** The query of the address that asks for `state`. */
export function writeState(model: Model, state: ListState): URLSearchParams {
  const query = new URLSearchParams();
  if (state.view !== "list") query.set("view", state.view);
  const filter = state.filters.join(",");
  if (filter !== defaults(model).join(",")) query.set("filter", filter);
  if (state.text !== "") query.set("q", state.text);
  if (state.where.length > 0) query.set("where", JSON.stringify(state.where));
  if (state.order.length > 0) query.set("order", orderText(state.order));
  if (state.group !== null) query.set("group", state.group);
  if (state.deleted) query.set("deleted", "only");
  for (const name of LOOKS[state.view]) {
    const value = state.look[name];
    if (value) query.set(name, value);
  }
  return query;
}

/** The views that there are of `model`. */
export function viewsOf(model: Model): ViewName[] {
  const all: ViewName[] = ["list", "board", "calendar", "graph"];
  return all.filter((view) => view === "list" || model.views[view] !== null);
}

/** Named filters about the same fields are alternatives; the others must all hold. */
export function named(model: Model, keys: string[]): Condition[] {
  const chosen = model.views.search.filters.filter((each) => keys.includes(each.key));
  const alike = Map.groupBy(chosen, (each) =>
    [...new Set(fieldsIn(each.where))].sort().join(),
  );
  return [...alike.values()].map((each) => {
    const [first, ...rest] = each.map((one) => one.where);
    return first !== undefined && rest.length === 0
      ? first
      : { or: each.map((one) => one.where) };
  });
}

/** The fields that a condition is about. */
export function fieldsIn(condition: Condition): string[] {
  if ("and" in condition) return condition.and.flatMap(fieldsIn);
  if ("or" in condition) return condition.or.flatMap(fieldsIn);
  if ("not" in condition) return fieldsIn(condition.not);
  return [condition.field];
}

export function orderText(order: Order): string {
  return order.map((key) => key.join(".")).join(",");
}

function viewOf(model: Model, wanted: string | null): ViewName {
  return viewsOf(model).find((view) => view === wanted) ?? "list";
}

function defaults(model: Model): string[] {
  const { filters } = model.views.search;
  return filters.filter((each) => each.default === true).map((each) => each.key);
}

function filtersOf(model: Model, wanted: string | null): string[] {
  if (wanted === null) return defaults(model);
  const known = model.views.search.filters.map((each) => each.key);
  return wanted.split(",").filter((key) => known.includes(key));
}

function orderOf(model: Model, wanted: string | null): Order {
  const keys = (wanted ?? "").split(",").map((key) => key.split("."));
  return keys.flatMap(([field = "", direction]): Order => {
    const known = model.fields.some((each) => each.name === field && each.sortable);
    return known ? [[field, direction === "desc" ? "desc" : "asc"]] : [];
  });
}

/** What is no condition is passed over: the address may have been written by anybody. */
function conditionsOf(text: string | null): Condition[] {
  try {
    const told: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(told) ? told.filter(isCondition) : [];
  } catch {
    return [];
  }
}

function isCondition(told: unknown): told is Condition {
  if (typeof told !== "object" || told === null) return false;
  if ("and" in told) return Array.isArray(told.and) && told.and.every(isCondition);
  if ("or" in told) return Array.isArray(told.or) && told.or.every(isCondition);
  if ("not" in told) return isCondition(told.not);
  return "field" in told && typeof told.field === "string" && "op" in told;
}
