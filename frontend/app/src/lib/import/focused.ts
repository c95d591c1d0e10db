/** Where the keyboard goes on, when what had the focus made room for this. */
export function focused(node: HTMLElement): void {
  node.focus();
}
