/* The page that stands alone: the player, or with #notes the speaker's notes, and below it in the page, as data, what it shows. */

import { byId } from "./elements.js";
import { fitFrame } from "./frame.js";
import { NOTES_HASH, mountNotes } from "./notes.js";
import { mount } from "./player.js";
import { readPool } from "./pool.js";

const trace = byId("trace");
// What a question hides stands in no element of the page.
trace.remove();
const payload = readPool(trace.textContent)(0);
if (window.location.hash === NOTES_HASH) mountNotes(payload);
else {
  const shown = mount(byId("player"), payload, { address: true });
  if (window.parent !== window) fitFrame(shown.root);
}
