// Takes the picture of the console that the README begins with.
//
//   node readme_picture.mjs URL FILE     a server that has been told the story, started with --dev

import { person, signIn, start } from "./chromium.mjs";

const [url, file] = process.argv.slice(2);
const CONTOSO = "caaaaaaa-0000-4000-8000-000000000001";
const FABRIKAM = "faaaaaaa-0000-4000-8000-000000000001";

const browser = await start();
const page = await (await person(browser, url, { viewport: { width: 1200, height: 860 } })).newPage();
await signIn(page, `${CONTOSO}/c0000000-0000-4000-8000-000000000010`);
await page.goto(`/customers/${CONTOSO}/partners/${FABRIKAM}/remove?on=2020-07-31`);
await page.screenshot({ path: file, animations: "disabled" });
await browser.close();
