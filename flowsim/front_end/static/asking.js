/* Who watches a live world hears that something has changed, and asks what: one question at a time, a few times a second. */

import { merged } from "./following.js";

/** @import { Payload } from "./payload.d.ts" */
/** @import { NewPart } from "./types.d.ts" */

const BETWEEN_QUESTIONS = 250; // milliseconds between an answer and the next question

/**
 * `get` gives what has changed since the moment of that name, all of it for an empty one. `show` gets the whole payload
 * as it is by then, or null where no answer came. Returns the function to call at each change.
 * @type {(get: (since: string) => Promise<NewPart>, show: (payload: Payload | null) => void, first?: NewPart) => () => Promise<void>}
 */
export function makeAsking(get, show, first) {
  /** @type {Payload | null} */
  let known = first ?? null;
  let since = first?.since ?? "";
  let asking = false;
  let again = false;
  return async () => {
    again = true;
    if (asking) return;
    asking = true;
    while (again) {
      again = false;
      try {
        const part = await get(since);
        known = merged(known, part);
        since = part.since;
        show(known);
      } catch (error) {
        show(null);
        console.warn(error);
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_QUESTIONS));
    }
    asking = false;
  };
}
