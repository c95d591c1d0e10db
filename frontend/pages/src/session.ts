/** Who is signed in on this page. The tokens live here, in memory, and nowhere else. */

const RENEW_BEFORE_MS = 30_000;

interface Pair {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

type Listener = () => void;

export class Session {
  username: string | null = null;
  #pair: Pair | null = null;
  #expiresAtMs = 0;
  #renewal: Promise<void> | null = null;
  #listeners: Listener[] = [];

  /** Call `listener` whenever somebody signed in or out. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Sign in; throws an Error whose message says what the daemon refused. */
  async signIn(username: string, password: string): Promise<void> {
    this.#keep(await ask("/api/auth/login", { username, password }));
    this.username = username;
    this.#tell();
  }

  /** Sign out, whatever the daemon says to it: the tokens are forgotten. */
  async signOut(): Promise<void> {
    const token = this.#pair?.access_token;
    this.#forget();
    if (token !== undefined) {
      const headers = { Authorization: `Bearer ${token}` };
      await fetch("/api/auth/logout", { method: "POST", headers }).catch(() => null);
    }
  }

  /** A token that holds, renewed when it is about to end; null when signed out. */
  async token(): Promise<string | null> {
    if (this.#pair !== null && Date.now() > this.#expiresAtMs - RENEW_BEFORE_MS) {
      // A refresh token is good for once: those who ask together share a renewal.
      this.#renewal ??= this.#renew(this.#pair.refresh_token);
      await this.#renewal;
    }
    return this.#pair?.access_token ?? null;
  }

  async #renew(refreshToken: string): Promise<void> {
    try {
      const pair = await ask("/api/auth/refresh", { refresh_token: refreshToken });
      // Whoever signed out meanwhile stays so.
      if (this.#pair !== null) this.#keep(pair);
    } catch {
      this.#forget();
    } finally {
      this.#renewal = null;
    }
  }

  #keep(pair: Pair): void {
    this.#pair = pair;
    this.#expiresAtMs = Date.now() + pair.expires_in * 1000;
  }

  #forget(): void {
    this.#pair = null;
    this.username = null;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

async function ask(path: string, content: object): Promise<Pair> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `Status ${response.status}`);
  return answer;
}
