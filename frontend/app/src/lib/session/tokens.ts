/**
 * The tokens of the session, which all tabs share: a refresh token is good once, so only one
 * tab at a time may spend it, and the others take what it got.
 */

export interface Tokens {
  access: string;
  refresh: string;
  /** When the access token ends, in milliseconds since 1970. */
  ends: number;
}

const KEY = "eerp.session";
const LOCK = "eerp.session";

export function kept(): Tokens | null {
  const text = localStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as Tokens);
}

export function keep(tokens: Tokens | null): void {
  if (tokens === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(tokens));
}

/** Calls `changed` when another tab signs in or out. */
export function watch(changed: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === KEY) changed();
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

/** Runs `work` while no other tab does. Without HTTPS browsers have no locks. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request(LOCK, work) : work();
}
