import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: [".svelte-kit/", "build/", "src/lib/api/schema.d.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"] },
    },
    rules: {
      // TypeScript looks for names itself.
      "no-undef": "off",
    },
  },
  {
    rules: {
      // Links lead to paths that are made of the contract.
      "svelte/no-navigation-without-resolve": "off",
      // Not every Map in a module is on the screen.
      "svelte/prefer-svelte-reactivity": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
    },
  },
);
