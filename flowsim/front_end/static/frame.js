/* The page in a frame of another page, such as a stored notebook: it is as tall as what it shows, and as light or dark.
 *
 * The two pages cannot reach each other. This one says how tall it is, and that one answers with its theme; page.py has the
 * other half. Where nobody answers, the frame keeps its height and scrolls.
 */

/** @type {(root: HTMLElement) => void} */
export function fitFrame(root) {
  const say = () => {
    // Presenting, the player is as tall as the frame.
    if (!root.classList.contains("fs-presenting")) window.parent.postMessage({ flowsimHeight: root.offsetHeight }, "*");
  };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || typeof data?.flowsimTheme !== "string") return;
    document.documentElement.style.overflowY = "hidden";
    if (data.flowsimTheme) document.body.dataset.jpThemeLight = data.flowsimTheme;
    else delete document.body.dataset.jpThemeLight;
  });
  new ResizeObserver(say).observe(root);
  say();
}
