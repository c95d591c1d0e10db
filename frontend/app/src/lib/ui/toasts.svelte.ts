/** Short messages that pass by; what can be undone says so. */

import { Problem } from "#lib/api/problem.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";

export interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "info";
  detail?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
}

const STAY_MS = 6000;
const STAY_BAD_MS = 15_000;

class Toasts {
  all = $state<Toast[]>([]);
  private next = 1;

  show(text: string, more: Partial<Omit<Toast, "id" | "text">> = {}): void {
    const toast: Toast = { id: this.next++, text, tone: "good", ...more };
    this.all.push(toast);
    setTimeout(() => this.close(toast.id), toast.tone === "bad" ? STAY_BAD_MS : STAY_MS);
  }

  /** Says what went wrong, in the daemon's own words where it has some. */
  failed(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (!(error instanceof Problem)) console.error(error);
    const known = error instanceof Problem ? error : undefined;
    const text = known?.message ?? t("app.failed");
    this.show(text, { tone: "bad", detail: known?.hint });
  }

  close(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
