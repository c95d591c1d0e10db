/** What the daemon says when it refuses: problem details, by RFC 9457. */

export interface Fault {
  in?: "body" | "query" | "path";
  pointer: string;
  code: string;
  message: string;
}

interface Details {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  hint?: string;
  instance?: string;
  errors?: Fault[];
}

/** An answer that is no success. `code` is for programs, `message` for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly hint: string | undefined;
  readonly instance: string | undefined;
  readonly faults: Fault[];

  constructor(status: number, details: Details) {
    super(details.detail ?? details.title ?? `Status ${status}`);
    this.status = status;
    this.code = details.code ?? "unknown";
    this.title = details.title ?? `Status ${status}`;
    this.hint = details.hint;
    this.instance = details.instance;
    this.faults = details.errors ?? [];
  }

  /** The message for each field of the body: "lines/0/quantity" -> what is wrong. */
  get fields(): Record<string, string> {
    const told = this.faults.filter(
      (fault) => fault.in === undefined || fault.in === "body",
    );
    return Object.fromEntries(
      told.map((fault) => [fault.pointer.replace(/^\//, ""), fault.message]),
    );
  }
}

/** The problem that `response` tells of. */
export async function problemOf(response: Response): Promise<Problem> {
  const told = response.headers.get("content-type") ?? "";
  const details = told.includes("json") ? await response.json().catch(() => ({})) : {};
  return new Problem(response.status, details as Details);
}
