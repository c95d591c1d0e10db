/** Where the daemon is: the page's own origin, or what `eerp.json` beside the page says. */

let found: Promise<string> | undefined;

/** The origin before each path of the API; empty for the page's own. */
export function base(): Promise<string> {
  found ??= read();
  return found;
}

async function read(): Promise<string> {
  const answer = await fetch("/eerp.json");
  const { api = "" } = (await answer.json()) as { api?: string };
  return api.replace(/\/$/, "");
}
