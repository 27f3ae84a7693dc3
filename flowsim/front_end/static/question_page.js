/* The page of one question that stands alone. */

import { byId } from "./elements.js";
import { mountQuestion } from "./question.js";

const asked = byId("asked");
// What the question hides stands in no element of the page.
asked.remove();
mountQuestion(byId("question"), JSON.parse(asked.textContent));
