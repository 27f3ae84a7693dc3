/* On a narrow screen JupyterLite begins with the notebook alone: its side bars leave no room for it, and open from the menu. */

const NARROW = "(max-width: 760px)";
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

async function giveRoom() {
  while (!globalThis.jupyterapp?.shell) await pause();
  const { commands, restored, shell } = globalThis.jupyterapp;
  await restored;
  for (const side of ["left", "right"]) {
    const asked = ["application:toggle-side-tabbar", { side }];
    if (commands.isToggled(...asked)) await commands.execute(...asked);
  }
  // JupyterLite shows its list of files once more when it has opened the notebook that the address names.
  let used = false;
  addEventListener("pointerdown", () => (used = true), { once: true });
  for (let left = 100; left && !used; left -= 1) {
    if (!shell.leftCollapsed) shell.collapseLeft();
    if (!shell.rightCollapsed) shell.collapseRight();
    await pause();
  }
}

if (matchMedia(NARROW).matches) giveRoom();
