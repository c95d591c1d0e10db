/**
 * The client of the API of EERP and its modules, typed by the API's own document.
 *
 *     const api = connect({ baseUrl: "https://erp.example.org", token });
 *     const { data, error } = await api.GET("/api/crm/contacts", { ... });
 *
 * `error` is a problem of one of the kinds that the document names for that call.
 */

import createClient from "openapi-fetch";
import type { Client, Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, paths } from "./schema.js";
export type Api = Client<Usual, "application/json" | "application/problem+json">;
/** What an `error` is: problem details, by RFC 9457. */
export type Problem = components["schemas"]["Problem"];

export interface Connection {
  /** Where the daemon is; the page's own origin unless given. */
  baseUrl?: string;
  /** The access token to send, asked for before each call; null for none. */
  token?: () => string | null | Promise<string | null>;
}

/** A client for one daemon. */
export function connect({ baseUrl = "", token = () => null }: Connection = {}): Api {
  // Filters by related records are parameters of their own, not those of an object.
  const querySerializer = { object: { style: "form", explode: true } } as const;
  const api = createClient<Usual>({ baseUrl, querySerializer });
  api.use(authorization(token));
  return api;
}

/** The entity tag that If-Match wants, from the `version` of a record. */
export function tag(version: number): string {
  return `"${version}"`;
}

function authorization(token: NonNullable<Connection["token"]>): Middleware {
  return {
    async onRequest({ request }) {
      const held = await token();
      if (held !== null) request.headers.set("Authorization", `Bearer ${held}`);
      return request;
    },
  };
}

/**
 * The paths, as they answer when nothing special is asked of them: lists and records are
 * whole, and there is a body wherever there usually is one. Who sends `select` or
 * `Prefer: return=minimal` says what the answer is. Dry runs have a media type of their
 * own, which `Api` leaves out.
 */
type Usual = {
  [Path in keyof paths]: {
    [Method in keyof paths[Path]]: UsualOperation<paths[Path][Method]>;
  };
};

type UsualOperation<Operation> = Operation extends { responses: infer Responses }
  ? Omit<Operation, "responses"> & {
      responses: UsualResponses<
        Responses extends { 200: Body } | { 201: Body } ? Omit<Responses, 204> : Responses
      >;
    }
  : Operation;

type Body = { content: { "application/json": unknown } };

type UsualResponses<Responses> = {
  [Status in keyof Responses]: Responses[Status] extends { content: infer Content }
    ? { content: { [Media in keyof Content]: WholeIfAny<Content[Media]> } }
    : Responses[Status];
};

type WholeIfAny<Shape> = [Whole<Shape>] extends [never] ? Shape : Whole<Shape>;

/** Of several shapes those in which something must be there: not what was selected. */
type Whole<Shape> = Shape extends { items: (infer Item)[] }
  ? {} extends Item ? never : Shape
  : {} extends Shape ? never : Shape;
