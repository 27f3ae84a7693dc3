/* The page that stands alone: the player, and below it in the page, as data, what it shows. */

import { byId } from "./elements.js";
import { fitFrame } from "./frame.js";
import { mount } from "./player.js";

const trace = byId("trace");
// What a question hides stands in no element of the page.
trace.remove();
const shown = mount(byId("player"), JSON.parse(trace.textContent), { address: true });
if (window.parent !== window) fitFrame(shown.root);
