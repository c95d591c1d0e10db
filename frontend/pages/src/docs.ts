/** `/api/docs`: the OpenAPI document of this daemon in Swagger UI. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import type { Request } from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { openBar } from "./bar.ts";
import { Session } from "./session.ts";

const DOCUMENT = "/api/openapi.json";

const session = new Session();
openBar(session);
followScheme(window.matchMedia("(prefers-color-scheme: dark)"));

const ui = SwaggerUI({
  url: DOCUMENT,
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: false,
  validatorUrl: "none",
  requestInterceptor: authorize,
});

session.onChange(async () => {
  const token = await session.token();
  // What one may see depends on who one is.
  ui.specActions.download(DOCUMENT);
  for (const scheme of bearerSchemes()) {
    if (token === null) ui.authActions.logout([scheme]);
    else ui.preauthorizeApiKey(scheme, token);
  }
});

/** Send the session's token, renewed if need be, where the document asks for one. */
async function authorize(request: Request): Promise<Request> {
  const token = await session.token();
  if (token !== null && (request.headers.Authorization || request.loadSpec)) {
    request.headers.Authorization = `Bearer ${token}`;
  }
  return request;
}

function bearerSchemes(): string[] {
  const components = ui.specSelectors.specJson().toJS().components;
  const schemes = components?.securitySchemes ?? {};
  return Object.keys(schemes).filter((name) => schemes[name]?.scheme === "bearer");
}

/** Swagger UI is dark below a class; browsers say what people want by a query. */
function followScheme(dark: MediaQueryList): void {
  const follow = () =>
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}
