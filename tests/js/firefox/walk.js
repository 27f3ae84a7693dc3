/* The same pages in Firefox, which Playwright drives only in a build of its own: Puppeteer drives the one of the system.
 *
 * tests/browser/test_firefox.py makes the pages, starts JupyterLab, and says in the environment where they are.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

/** @import { Browser, Frame, Page } from "puppeteer-core" */

const { FIREFOX = "", LOGIN = "", MATRIX = "", LESSON = "", WATCH = "", AUTHORIZE = "", SHOTS = "." } = process.env;
/** @type {Browser} */
let browser;
/** @type {string[]} */
let faults = [];

before(async () => {
  browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
});
after(() => browser.close());

/** @type {(id: string) => string} */
const by = (id) => `[data-testid="${id}"]`;
/** @type {(page: Page, id: string) => Promise<string>} */
const textOf = (page, id) => page.$eval(by(id), (node) => node.textContent ?? "");
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
  const page = await browser.newPage();
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
  await page.focus(".fs-player");
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowRight");
  assert.equal(await textOf(page, "where"), "Step 6 of 11");
  await page.keyboard.press("a");
  await page.keyboard.press("End");
  const [branch] = await placeOf(page);
  assert.notEqual(branch, "login");
  assert.match(await textOf(page, "verdict"), /PKCE held/);
  await page.keyboard.press("c");
  await page.waitForSelector(by("comparison"), { visible: true });
  await page.keyboard.press("c");
  await page.waitForSelector(by("comparison"), { hidden: true });

  await page.keyboard.press("f");
  await page.waitForSelector(".fs-presenting");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("n");
  assert.match(await textOf(page, "where"), /Step 8/);
  await page.keyboard.press("n");
  await page.keyboard.press("f");
  await page.waitForSelector(".fs-player:not(.fs-presenting)");
}, "login"));

test("the colours are those of the theme, and nothing of the player is cut off", () => on(pathToFileURL(LOGIN).href, async (page) => {
  for (const width of [1280, 390]) {
    await page.setViewport({ width, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
  }
  await page.click(by("next"));
  const arrow = await page.$eval(".fs-svg .msg.is-now path", (node) => getComputedStyle(node).stroke);
  assert.equal(arrow, "rgb(28, 36, 48)");
}, "phone"));

test("a cell of the matrix opens its run", () => on(pathToFileURL(MATRIX).href, async (page) => {
  await page.click("[data-cell='code-interception|pkce-required']");
  await page.waitForSelector(".fs-player");
  assert.match(await page.$eval("#run-heading", (node) => node.textContent ?? ""), /code-interception against pkce-required/);
  const [, opened] = await placeOf(page);
  await page.click(by("back"));
  assert.equal(Number((await placeOf(page))[1]), Number(opened) - 1);
}, "matrix"));

test("a login at a live world is watched while it happens", () => on(WATCH, async (page) => {
  await page.waitForSelector(by("waiting"), { visible: true });
  const user = await browser.newPage();
  await user.goto(AUTHORIZE);
  await page.bringToFront();
  const at = (/** @type {string} */ branch, position = "") =>
    page.waitForSelector(`${by("player")}[data-branch="${branch}"]${position && `[data-position="${position}"]`}`);
  const shown = await at("login-1");
  const end = Number(await shown?.evaluate((node) => node.getAttribute("data-position")));
  await page.keyboard.press("ArrowLeft");
  await at("login-1", String(end - 1));
  await user.goto(AUTHORIZE);
  await user.close();
  await page.bringToFront();
  await page.waitForFunction((/** @type {string} */ news) => document.querySelector(news)?.textContent, {}, by("news"));
  await at("login-1", String(end - 1));
  await page.keyboard.press("l");
  await at("login-2");
  assert.equal(await textOf(page, "news"), "");
}, "live"));

test("a lesson steps in JupyterLab, stored and run", () => on(LESSON, async (page) => {
  const stored = await page.waitForSelector("iframe[srcdoc]", { timeout: 60_000 });
  const inside = await stored?.contentFrame();
  assert.ok(inside);
  await inside.waitForSelector(by("next"));
  await stepsOn(inside);

  await page.waitForFunction(`jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"`, { timeout: 60_000 });
  await page.evaluate(`jupyterapp.commands.execute("notebook:run-all-cells").then(() => null)`);
  await page.waitForSelector(`.jp-Notebook ${by("player")}`, { timeout: 60_000 });
  await stepsOn(page);
}, "lesson"));
