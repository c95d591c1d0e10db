/** Whether the command palette is open, and what it offers. */
export const palette = $state({ open: false, shortcuts: false });
