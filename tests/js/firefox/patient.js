/* Firefox, and pages of it that wait: another file of tests may have the other core, and more than that the machine. */

import puppeteer from "puppeteer-core";

/** @import { Browser, Page } from "puppeteer-core" */

const PATIENCE = 240_000;

/** @type {() => Promise<Browser>} */
export const launch = () => puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "",
  headless: true,
  timeout: PATIENCE,
  protocolTimeout: 2 * PATIENCE,
});

/** @type {(browser: Browser) => Promise<Page>} */
export async function newPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  return page;
}
