/* Players in a page of somebody else's, in Firefox. tests/browser/test_any_page.py serves the page and says in PAGE where. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, newPage } from "./patient.js";

const { PAGE = "" } = process.env;

test("two players in one page step by themselves, and a link moves one of them", async () => {
  const browser = await launch();
  try {
    const page = await newPage(browser);
    /** @type {string[]} */
    const faults = [];
    // Firefox asks for an icon by itself, and the policy refuses it.
    page.on("pageerror", (error) => String(error).includes("/favicon.ico") || faults.push(String(error)));
    await page.goto(`${PAGE}#without.step=3`);
    const players = `[...document.querySelectorAll("flowsim-player")].map((one) =>
      one.shadowRoot.querySelector(".flowsim-host")?.shadowRoot.querySelector(".fs-player"))`;
    /** @type {(...positions: string[]) => Promise<unknown>} */
    const at = (...positions) => page.waitForFunction(
      `JSON.stringify(${players}.map((one) => one?.dataset.position)) === ${JSON.stringify(JSON.stringify(positions))}`);
    await at("0", "3");
    await page.evaluate(`${players}[0].focus()`);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await at("2", "3");
    await page.evaluate(`${players}[1].querySelector("[data-testid='next']").click()`);
    await at("2", "4");
    await page.waitForFunction(`["with.step=2", "without.step=4"].every((one) => location.hash.includes(one))`);
    await page.evaluate(`document.body.style.color = "white"`);
    await page.waitForFunction(`${players}[0].parentElement.dataset.theme === "dark"`);
    assert.equal(await page.evaluate(`getComputedStyle(${players}[0].querySelector(".fs-go")).fontWeight`), "650");
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
});
