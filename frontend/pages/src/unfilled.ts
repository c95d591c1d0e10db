/** The document as one tries it: Swagger UI fills in each example that a parameter has. */

interface Parameter {
  required?: boolean;
  description?: string;
  schema?: { type?: string; [rule: string]: unknown };
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

interface Operation {
  parameters?: Parameter[];
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { parameters?: Record<string, Parameter> };
}

/**
 * `document` with the examples of what may be left out told in words. A list would else
 * be asked for with all its filters at once, and a change would be a dry run.
 */
export function unfilled(document: Document): Document {
  const operations = Object.values(document.paths).flatMap(Object.values<Operation>);
  const own = operations.flatMap(({ parameters }) => parameters ?? []);
  const shared = Object.values(document.components.parameters ?? {});
  for (const parameter of [...own, ...shared]) {
    if (parameter.required !== true) empty(parameter);
  }
  return document;
}

function empty(parameter: Parameter): void {
  const { example, examples = {}, description = "" } = parameter;
  const values = [example, ...Object.values(examples).map(({ value }) => value)];
  const shown = values.filter((value) => value !== undefined);
  const told = shown.map((value) => `\`${value}\``).join(", ");
  parameter.description = told ? `${description} For example ${told}.` : description;
  delete parameter.example;
  delete parameter.examples;
  if (parameter.schema?.type === "object") parameter.example = {};
  // Making up a text for each pattern takes Swagger UI seconds, and nobody sees it.
  if (isText(parameter.schema)) parameter.schema = { type: "string" };
}

/** Whether a schema is more than a box to choose or to write a number in. */
function isText(schema: Parameter["schema"]): boolean {
  return schema !== undefined && (schema.type === undefined || "pattern" in schema);
}
