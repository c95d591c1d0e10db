/** What the palette leads to and does, out of the contract. */

import { goto } from "$app/navigation";
import { speak } from "#lib/account/account.ts";
import { pages } from "#lib/admin/may.ts";
import { contract, menuPath, newPath, reportPath } from "#lib/contract/contract.svelte.ts";
import type { MenuItem, Module } from "#lib/contract/types.ts";
import { LANGUAGES, t, type Language } from "#lib/i18n/i18n.svelte.ts";
import type { Entry, Group } from "./palette-match.ts";
import { palette } from "./palette.svelte.ts";
import { theme, THEMES } from "./theme.svelte.ts";

/** Everything but records, in the order in which it is shown. */
export function groups(): Group[] {
  return [
    { title: t("views.palette.go"), entries: [home(), ...places(), ...administration()] },
    { title: t("views.palette.new"), entries: begun() },
    { title: t("views.palette.reports"), entries: reports() },
    { title: t("views.palette.commands"), entries: commands() },
  ];
}

/** An entry that leads somewhere. */
export function leading(path: string, label: string, icon: string, hint = ""): Entry {
  return { key: path, label, hint, icon, run: () => void goto(path) };
}

function home(): Entry {
  return leading("/", t("app.home"), "house");
}

function places(): Entry[] {
  return contract.value.modules.flatMap((module) =>
    module.menu.filter(isNoReport).map((item) => place(module, item)),
  );
}

function isNoReport(item: MenuItem): boolean {
  return item.report === undefined;
}

function place(module: Module, item: MenuItem): Entry {
  const icon = item.icon ?? module.icon;
  return leading(menuPath(module, item), item.title, icon, module.title);
}

function administration(): Entry[] {
  return pages().map((page) =>
    leading(page.path, t(page.title), page.icon, t("app.administration")),
  );
}

function begun(): Entry[] {
  const lines = new Set(
    Object.values(contract.value.models).flatMap((model) =>
      model.lines.map((each) => each.model),
    ),
  );
  return Object.values(contract.value.models)
    .filter((model) => model.can.create && !lines.has(model.key))
    .map((model) => {
      const label = t("views.palette.begin", { title: model.title });
      return leading(newPath(model), label, "plus", contract.module(model.module)?.title);
    });
}

function reports(): Entry[] {
  return contract.value.reports.map((report) => {
    const hint = contract.module(report.module)?.title;
    return leading(reportPath(report.key), report.title, "chart-column", hint);
  });
}

function commands(): Entry[] {
  return [
    ...THEMES.map((choice) => ({
      key: `theme:${choice}`,
      label: t(`app.theme.${choice}`),
      hint: t("app.theme"),
      icon: choice === "dark" ? "moon" : "sun",
      run: () => theme.choose(choice),
    })),
    ...Object.entries(LANGUAGES).map(([language, label]) => ({
      key: `language:${language}`,
      label,
      hint: t("app.language"),
      icon: "globe",
      run: () => void speak(language as Language),
    })),
    leading("/account", t("app.account"), "user"),
    {
      key: "shortcuts",
      label: t("views.shortcuts"),
      hint: "?",
      icon: "info",
      run: () => (palette.shortcuts = true),
    },
  ];
}
