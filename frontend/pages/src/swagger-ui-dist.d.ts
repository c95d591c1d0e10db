/** As much of Swagger UI as the page uses; the package brings no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export interface Request {
    url: string;
    headers: Record<string, string>;
    loadSpec?: boolean;
  }

  export interface Response {
    ok: boolean;
    url: string;
    text: string;
  }

  interface System {
    authActions: { logout(schemes: string[]): void };
    preauthorizeApiKey(scheme: string, token: string): void;
    specActions: { download(url: string): void };
  }

  interface Options {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    docExpansion: "none";
    defaultModelsExpandDepth: number;
    filter: boolean;
    persistAuthorization: boolean;
    validatorUrl: "none";
    requestInterceptor(request: Request): Promise<Request>;
    responseInterceptor(response: Response): Response;
    onComplete(): void;
  }

  export default function SwaggerUI(options: Options): System;
}
