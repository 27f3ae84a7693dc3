/** Python for a page without a server, which can draw.
 *
 * Pyodide is Python for a browser, and has neither programs nor threads. What flowsim asks of the program Graphviz on other
 * machines, it asks here of Graphviz for JavaScript, through a module that is there before Python begins.
 *
 * This file stands beside Pyodide's own `pyodide.mjs` and beside `viz.js` of @viz-js/viz, and does what `pyodide.mjs` does.
 *
 * @module
 */

import { loadPyodide as load } from "./pyodide.mjs";
import { instance } from "./viz.js";

export * from "./pyodide.mjs";

/**
 * Start Python, with a module `flowsim_graphviz` in it. Its one function returns the SVG of a DOT text, laid out by an engine
 * that Graphviz has, or throws what Graphviz says is wrong.
 *
 * @param {object} [options] What `loadPyodide` of pyodide.mjs takes.
 */
export async function loadPyodide(options) {
  const [python, graphviz] = await Promise.all([load(options), instance()]);
  python.registerJsModule("flowsim_graphviz", {
    svg: (/** @type {string} */ dot, /** @type {string} */ engine) =>
      graphviz.renderString(dot, { format: "svg", engine }),
  });
  // A module is looked for in the reader's own folder last: each look into it is a message to the page and back.
  python.runPython("import sys; sys.path[:] = [*filter(None, sys.path), '']");
  return python;
}
