// What ESLint looks for. Types are TypeScript's business; here it is names, dead code, and one shape of module.

import js from "@eslint/js";
import globals from "globals";

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      // The bundler reads one name from each declaration (flowsim/front_end/bundle.py).
      "one-var": ["error", "never"],
      "prefer-const": "error",
    },
  },
  { files: ["flowsim/**/*.js", "notebooks/apps/**/*.js", "binder/lite/*.js"], languageOptions: { globals: globals.browser } },
  { ignores: ["notebooks/apps/photo-page*", "tests/clients/node_modules/**", "binder/lite/node_modules/**"] },
  { files: ["tests/js/*.js", "tests/clients/*.mjs", "benchmarks/*.mjs"], languageOptions: { globals: globals.node } },
  // What is handed to a page runs there.
  { files: ["tests/js/firefox/*.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
