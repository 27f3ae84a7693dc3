/* What anywidget loads for each widget: it takes the module that all widgets of a page share, and has it draw this one.
 *
 * The module travels once, in a model of its own (module.py), and is loaded once, however many notebooks a page has.
 */

/** @import { Model, Render, Shared } from "./types.d.ts" */

/** @typedef {Record<string, Render<any>>} FrontEnds */
/** @type {Map<string, Promise<FrontEnds>>} What this page has loaded, by its text. */
const loaded = (/** @type {any} */ (globalThis).flowsimFrontEnds ??= new Map());

/** @type {(code: string) => Promise<FrontEnds>} */
async function load(code) {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return (await import(/* webpackIgnore: true */ address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @type {(context: { model: Model<Shared>, el: HTMLElement }) => Promise<() => void>} */
async function render({ model, el }) {
  const [front, id] = [model.get("front_end"), model.get("module").replace("IPY_MODEL_", "")];
  const code = (await model.widget_manager.get_model(id)).get("code");
  const known = loaded.get(code) ?? load(code);
  loaded.set(code, known);
  return (await known)[front]({ model, el });
}

export default { render };
