/** The bar at the top of a page: its title, and the form to sign in with. */

import type { Session } from "./session.ts";

/** Make the bar of the page work for `session`. The page's HTML holds its parts. */
export function openBar(session: Session): void {
  const form = element("sign-in", HTMLFormElement);
  const username = element("username", HTMLInputElement);
  const password = element("password", HTMLInputElement);
  const fault = element("fault", HTMLElement);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.textContent = "";
    try {
      await session.signIn(username.value, password.value);
      form.reset();
    } catch (error) {
      fault.textContent = error instanceof Error ? error.message : String(error);
    }
  });
  element("sign-out", HTMLButtonElement).addEventListener("click", () =>
    session.signOut(),
  );
  session.onChange(() => show(session));
  show(session);
}

function show(session: Session): void {
  const signedIn = session.username !== null;
  element("sign-in", HTMLElement).hidden = signedIn;
  element("signed-in", HTMLElement).hidden = !signedIn;
  element("who", HTMLElement).textContent = session.username ?? "";
}

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`);
  return found;
}
