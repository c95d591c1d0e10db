/** Whether the command palette is open. */
export const palette = $state({ open: false });
