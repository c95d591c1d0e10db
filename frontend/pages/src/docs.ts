/** `/api/docs`: the OpenAPI document of this daemon in Swagger UI. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import type { Request, Response } from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { openBar } from "./bar.ts";
import { Session } from "./session.ts";
import { unfilled } from "./unfilled.ts";

const DOCUMENT = "/api/openapi.json";
const SCHEME = "bearer";

const session = new Session();
openBar(session);
followScheme(window.matchMedia("(prefers-color-scheme: dark)"));

const ui = SwaggerUI({
  url: DOCUMENT,
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  persistAuthorization: false,
  validatorUrl: "none",
  requestInterceptor: renew,
  responseInterceptor: prepare,
  onComplete: unlock,
});

session.onChange(() => {
  ui.authActions.logout([SCHEME]);
  // Who is signed in sees what they may call; `unlock` comes when it is loaded.
  ui.specActions.download(session.username ? `${DOCUMENT}?permitted=true` : DOCUMENT);
});

/** Show the locks as open, and have the token sent where the document wants one. */
async function unlock(): Promise<void> {
  const token = await session.token();
  if (token !== null) ui.preauthorizeApiKey(SCHEME, token);
}

/** The token that Swagger UI has may have ended; send the newest. */
async function renew(request: Request): Promise<Request> {
  const token = await session.token();
  if (token !== null && (request.headers.Authorization || request.loadSpec)) {
    request.headers.Authorization = `Bearer ${token}`;
  }
  return request;
}

function prepare(response: Response): Response {
  if (response.ok && new URL(response.url).pathname === DOCUMENT) {
    response.text = JSON.stringify(unfilled(JSON.parse(response.text)));
  }
  return response;
}

/** Swagger UI is dark below a class; browsers say what people want by a query. */
function followScheme(dark: MediaQueryList): void {
  const follow = () =>
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}
