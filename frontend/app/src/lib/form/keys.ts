/** The keys of a form. */

export interface Keys {
  save: () => void;
  primary: () => void;
  back: () => void;
  previous: () => void;
  next: () => void;
}

/** Does what a key means, and keeps the browser from doing something else. */
export function pressed(event: KeyboardEvent, keys: Keys): void {
  const meant = meaning(event);
  if (meant === undefined || event.defaultPrevented || isBusy()) return;
  event.preventDefault();
  keys[meant]();
}

function meaning(event: KeyboardEvent): keyof Keys | undefined {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "s") return "save";
  if (control && event.key === "Enter") return "primary";
  if (event.altKey && event.key === "ArrowLeft") return "previous";
  if (event.altKey && event.key === "ArrowRight") return "next";
  return event.key === "Escape" ? "back" : undefined;
}

/** Whether something lies over the form, which the keys are for. */
function isBusy(): boolean {
  const over = '[role="dialog"], [role="menu"], [role="listbox"], [role="alertdialog"]';
  return document.querySelector(over) !== null;
}
