/* The page that stands alone: the player, and below it in the page, as data, what it shows. */

import { byId } from "./elements.js";
import { fitFrame } from "./frame.js";
import { mount } from "./player.js";

const shown = mount(byId("player"), JSON.parse(byId("trace").textContent), { address: true });
if (window.parent !== window) fitFrame(shown.root);
