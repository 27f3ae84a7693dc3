/* The site in Firefox, opened as files: tests/browser/test_site.py makes it, and says in the environment where it is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, newPage } from "./patient.js";

const { SITE = "" } = process.env;

test("the player of the front page steps, the search finds, and a lesson's players are there", async () => {
  const browser = await launch();
  try {
    const page = await newPage(browser);
    /** @type {string[]} */
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) faults.push(request.url());
    });
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`${SITE}/index.html`);
    await page.waitForSelector("[data-testid=next]", { visible: true });
    await page.click("[data-testid=next]");
    await page.waitForSelector(".fs-player[data-position='1']");
    await page.type("#find-text", "consent phishing");
    await page.waitForSelector("#found-list a", { visible: true });
    await page.goto(`${SITE}/read/00-start.html`);
    await page.waitForFunction(() => document.querySelectorAll(".part.is-there .fs-player").length === 3);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
});
