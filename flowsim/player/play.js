/* Playing: the player steps by itself. A step of the reader's own is never delayed, and ends the playing. */

export const SPEEDS = [0.5, 1, 2, 4];
const PAUSE = 4000;

/* `step` goes one event on. Returns sync(view): call it after each repaint; and stop(). */
export function makeClock(step) {
  let timer = 0;
  let planned = null;
  const stop = () => {
    clearTimeout(timer);
    planned = null;
  };
  const sync = ({ state, key }) => {
    const wanted = state.playing ? `${key} ${state.speed}` : null;
    if (wanted === planned) return;
    stop();
    planned = wanted;
    if (wanted) timer = setTimeout(step, PAUSE / state.speed);
  };
  return { sync, stop };
}
