/** The language of the screens, and their texts by key. */

import { en, type Key } from "./en.ts";

export type { Key } from "./en.ts";
export const LANGUAGES = { en: "English", fr: "Français" } as const;
export type Language = keyof typeof LANGUAGES;

type Parameters = Record<string, string | number>;
const KEPT = "eerp.language";

class I18n {
  language = $state<Language>(initial());
  private texts = $state.raw<Record<Key, string>>(en);

  /** How numbers and dates are written: the browser's own way of the language. */
  get locale(): string {
    return (
      navigator.languages.find((each) => each.startsWith(this.language)) ?? this.language
    );
  }

  /** Loads the texts of the language that is spoken. */
  async open(): Promise<void> {
    // Each language is a file of its own, which only those load who read it.
    this.texts = this.language === "fr" ? (await import("./fr.ts")).fr : en;
    document.documentElement.lang = this.language;
  }

  async speak(language: Language): Promise<void> {
    localStorage.setItem(KEPT, language);
    this.language = language;
    await this.open();
  }

  /** The text of `key`, filled in. */
  text(key: Key, parameters: Parameters = {}): string {
    return this.texts[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(parameters[name] ?? whole),
    );
  }
}

function initial(): Language {
  const kept = localStorage.getItem(KEPT);
  const wanted = kept === null ? navigator.languages : [kept];
  const known = wanted.map((each) => each.slice(0, 2)).find((each) => each in LANGUAGES);
  return (known ?? "en") as Language;
}

export const i18n = new I18n();

/** The text of `key` in the language that is spoken. */
export function t(key: Key, parameters?: Parameters): string {
  return i18n.text(key, parameters);
}
