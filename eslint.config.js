// Panels are plain ES modules of a browser; their tests run under Node.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["site/", "docs/", "cgr-*/", ".venv/", "cgr_nb/widgets/bundles/"] },
  js.configs.recommended,
  {
    files: ["cgr_nb/**/*.js"],
    languageOptions: { ecmaVersion: 2025, sourceType: "module", globals: globals.browser },
    rules: {
      "no-control-regex": "off", // text of models is searched for them
      "no-unused-vars": ["error", { args: "none" }],
    },
  },
  {
    files: ["cgr_nb/widgets/static/stub.js"], // stands behind a panel's module in a saved page
    languageOptions: { globals: { panel: "readonly" } },
  },
  {
    files: ["tests/**/*.js", "tools/*.js"],
    languageOptions: { ecmaVersion: 2025, sourceType: "module", globals: globals.node },
  },
];
