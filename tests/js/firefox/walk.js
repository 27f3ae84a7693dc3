/* The same pages in Firefox, which Playwright drives only in a build of its own: Puppeteer drives the one of the system.
 *
 * tests/browser/test_firefox.py makes the pages, starts JupyterLab, and says in the environment where they are.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch, newPage } from "./patient.js";

/** @import { Browser, Frame, Page } from "puppeteer-core" */

const { LOGIN = "", MATRIX = "", LESSON = "", WATCH = "", AUTHORIZE = "", EVENTS = "", SHOTS = "." } = process.env;
/** @type {Browser} */
let browser;
/** @type {string[]} */
let faults = [];

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** @type {(id: string) => string} */
const by = (id) => `[data-testid="${id}"]`;
/**
 * Wait until this part says this.
 * @type {(page: Page, part: string, said: RegExp) => Promise<unknown>}
 */
const says = (page, part, said) => page.waitForFunction(
  (/** @type {string} */ one, /** @type {string} */ text) => new RegExp(text).test(document.querySelector(one)?.textContent ?? ""),
  {}, part, said.source);
/** @type {(place: Page | Frame) => Promise<(string | undefined)[]>} */
const placeOf = (place) => place.$eval(".fs-player", (node) => {
  const { branch, position } = /** @type {HTMLElement} */ (node).dataset;
  return [branch, position];
});

/**
 * From the start, one press of Next goes one event on.
 * @type {(place: Page | Frame) => Promise<void>}
 */
async function stepsOn(place) {
  for (const [id, position] of [["first", "0"], ["next", "1"]]) {
    await place.$eval(by(id), (node) => /** @type {HTMLElement} */ (node).click());
    assert.equal((await placeOf(place))[1], position);
  }
}

/**
 * A page on which nothing may go wrong, and from which nothing may reach another machine.
 * @type {(address: string, act: (page: Page) => Promise<void>, name: string) => Promise<void>}
 */
async function on(address, act, name) {
  const page = await newPage(browser);
  faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !/^https?:\/\/127\.0\.0\.1[:/]/.test(request.url())) faults.push(request.url());
  });
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(address);
  try {
    await act(page);
    assert.deepEqual(faults, []);
  } finally {
    await page.screenshot({ path: /** @type {`${string}.png`} */ (`${SHOTS}/firefox-${name}.png`) });
    await page.close();
  }
}

test("the keys step, inject, compare and present", () => on(pathToFileURL(LOGIN).href, async (page) => {
  await page.waitForSelector("#unpacking", { hidden: true });
  await page.focus(".fs-player");
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowRight");
  await says(page, by("where"), /^Step 6 of 11$/);
  await page.keyboard.press("a");
  await page.keyboard.press("End");
  await says(page, by("verdict"), /PKCE held/);
  const [branch] = await placeOf(page);
  assert.notEqual(branch, "login");
  await page.keyboard.press("c");
  await page.waitForSelector(by("comparison"), { visible: true });
  await page.keyboard.press("c");
  await page.waitForSelector(by("comparison"), { hidden: true });

  await page.keyboard.press("f");
  await page.waitForSelector(".fs-presenting");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("n");
  await says(page, by("where"), /Step 8/);
  await page.keyboard.press("n");
  await page.keyboard.press("f");
  await page.waitForSelector(".fs-player:not(.fs-presenting)");
}, "login"));

test("the colours are those of the theme, and nothing of the player is cut off", () => on(pathToFileURL(LOGIN).href, async (page) => {
  await page.waitForSelector("#unpacking", { hidden: true });
  for (const width of [1280, 390]) {
    await page.setViewport({ width, height: 800 });
    await page.waitForFunction((/** @type {number} */ one) => document.documentElement.scrollWidth <= one, {}, width);
  }
  await page.click(by("next"));
  await page.waitForSelector(".fs-svg .msg.is-now path");
  const arrow = await page.$eval(".fs-svg .msg.is-now path", (node) => getComputedStyle(node).stroke);
  assert.equal(arrow, "rgb(28, 36, 48)");
}, "phone"));

test("a cell of the matrix opens its run", () => on(pathToFileURL(MATRIX).href, async (page) => {
  const cell = "[data-cell='code-interception|pkce-required']";
  await page.waitForSelector(cell);
  await page.click(cell);
  await page.waitForSelector(".fs-player");
  await says(page, "#run-heading", /code-interception against pkce-required/);
  const [, opened] = await placeOf(page);
  await page.click(by("back"));
  await page.waitForSelector(`.fs-player[data-position="${Number(opened) - 1}"]`);
}, "matrix"));

test("a login at a live world is watched while it happens", () => on(WATCH, async (page) => {
  await page.waitForSelector(by("waiting"), { visible: true });
  const user = await newPage(browser);
  await user.goto(AUTHORIZE);
  await page.bringToFront();
  const at = (/** @type {string} */ branch, position = "") =>
    page.waitForSelector(`${by("player")}[data-branch="${branch}"]${position && `[data-position="${position}"]`}`);
  const end = Number(EVENTS);
  await at("login-1", EVENTS);
  await page.keyboard.press("ArrowLeft");
  await at("login-1", String(end - 1));
  await user.goto(AUTHORIZE);
  await user.close();
  await page.bringToFront();
  await page.waitForFunction((/** @type {string} */ news) => document.querySelector(news)?.textContent, {}, by("news"));
  await at("login-1", String(end - 1));
  await page.keyboard.press("l");
  await at("login-2");
  await says(page, by("news"), /^$/);
}, "live"));

test("a lesson steps in JupyterLab, stored and run", () => on(LESSON, async (page) => {
  const stored = await page.waitForSelector("iframe[srcdoc]");
  const inside = await stored?.contentFrame();
  assert.ok(inside);
  await inside.waitForSelector(by("next"));
  await stepsOn(inside);

  await page.waitForFunction(`window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"`);
  // What is asked while the page still connects to the kernel may be lost, and its cell would wait for ever.
  const run = () => page.evaluate(`void jupyterapp.commands.execute("notebook:run-all-cells")`);
  const player = `.jp-Notebook ${by("player")}`;
  await run();
  await page.waitForSelector(player, { timeout: 30_000 }).catch(run);
  await page.waitForSelector(player);
  await stepsOn(page);
}, "lesson"));
