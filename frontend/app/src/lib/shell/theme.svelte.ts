/** Light or dark: as the system has it, or as the user chose. */

export const THEMES = ["system", "light", "dark"] as const;
export type Choice = (typeof THEMES)[number];
const KEPT = "eerp.theme";
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");

class Theme {
  choice = $state<Choice>((localStorage.getItem(KEPT) as Choice | null) ?? "system");
  private system = $state(SYSTEM.matches);
  readonly dark = $derived(
    this.choice === "dark" || (this.choice === "system" && this.system),
  );

  open(): void {
    SYSTEM.addEventListener("change", () => {
      this.system = SYSTEM.matches;
      this.apply();
    });
    this.apply();
  }

  choose(choice: Choice): void {
    this.choice = choice;
    localStorage.setItem(KEPT, choice);
    this.apply();
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
  }
}

export const theme = new Theme();
