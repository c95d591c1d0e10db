/** Where on the page a field's input is. */

/** The id of the input of the field at `path`: `lines.0.quantity`. */
export function inputId(path: string): string {
  return `field-${path}`;
}

/** Brings the cursor to the field at `path`, once it is on the page. */
export function focusField(path: string): void {
  requestAnimationFrame(() => {
    const found = document.getElementById(inputId(path));
    found?.scrollIntoView({ block: "center" });
    found?.focus();
  });
}
