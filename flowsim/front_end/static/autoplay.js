/* Playing: the player steps by itself. A step of the reader's own is never delayed, and ends the playing. */

/** @import { View } from "./types.d.ts" */

export const SPEEDS = [0.5, 1, 2, 4];
const PAUSE = 4000; // milliseconds

/**
 * `step` goes one event on. `sync` is called after each repaint.
 * @type {(step: () => void) => { sync(view: View): void, stop(): void }}
 */
export function makeAutoplay(step) {
  let timer = 0;
  /** @type {string | null} */
  let planned = null;
  const stop = () => {
    clearTimeout(timer);
    planned = null;
  };
  /** @type {(view: View) => void} */
  const sync = ({ state, key }) => {
    const wanted = state.playing ? `${key} ${state.speed}` : null;
    if (wanted === planned) return;
    stop();
    planned = wanted;
    if (wanted) timer = window.setTimeout(step, PAUSE / state.speed);
  };
  return { sync, stop };
}
