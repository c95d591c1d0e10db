/** Light or dark: as the system has it, or as the user chose. */

export const THEMES = ["system", "light", "dark"] as const;
export type Choice = (typeof THEMES)[number];
const KEPT = "eerp.theme";

class Theme {
  choice = $state<Choice>((localStorage.getItem(KEPT) as Choice | null) ?? "system");
  dark = $state(false);

  open(): void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.apply(dark.matches));
    this.apply(dark.matches);
  }

  choose(choice: Choice): void {
    this.choice = choice;
    localStorage.setItem(KEPT, choice);
    this.apply(matchMedia("(prefers-color-scheme: dark)").matches);
  }

  private apply(systemDark: boolean): void {
    this.dark = this.choice === "dark" || (this.choice === "system" && systemDark);
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
  }
}

export const theme = new Theme();
