/* The page of one question that stands alone. */

import { byId } from "./elements.js";
import { fitFrame } from "./frame.js";
import { mountQuestion } from "./question.js";

const asked = byId("asked");
// What the question hides stands in no element of the page.
asked.remove();
const { root } = mountQuestion(byId("question"), JSON.parse(asked.textContent));
if (window.parent !== window) fitFrame(root);
