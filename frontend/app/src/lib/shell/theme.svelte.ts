/** Light or dark: as the system has it, or as the user chose. */

export const THEMES = ["system", "light", "dark"] as const;
export type Choice = (typeof THEMES)[number];
const KEPT = "eerp.theme";
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");

class Theme {
  choice = $state<Choice>((localStorage.getItem(KEPT) as Choice | null) ?? "system");
  private system = $state(SYSTEM.matches);
  /** Paper is white. */
  private printing = $state(false);
  readonly dark = $derived(
    !this.printing && (this.choice === "dark" || (this.choice === "system" && this.system)),
  );

  open(): void {
    SYSTEM.addEventListener("change", () => {
      this.system = SYSTEM.matches;
      this.apply();
    });
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    this.apply();
  }

  choose(choice: Choice): void {
    this.choice = choice;
    localStorage.setItem(KEPT, choice);
    this.apply();
  }

  private print(now: boolean): void {
    this.printing = now;
    this.apply();
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
  }
}

export const theme = new Theme();
