// Takes pictures of chosen pages, wide and narrow, light and dark, and compares them with the ones that are kept.
//
//   node pictures.mjs URL KEPT NEW     where the kept ones are, and where the new one goes that differs from a kept one
//
// With UPDATE_EXPECT=1 the new ones that differ are kept.

import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { person, signIn, start } from "./chromium.mjs";

const require = createRequire(`${process.cwd()}/`);
const { default: pixelmatch } = await import(pathToFileURL(require.resolve("pixelmatch")));
const { PNG } = require("pngjs");

const [url, kept, made] = process.argv.slice(2);
const SIZES = [{ width: 1366, height: 900 }, { width: 390, height: 844 }];
/** The share of a picture's pixels that may differ: another version of the browser draws letters a little differently. */
const TOLERANCE = 0.01;

const FABRIKAM = "faaaaaaa-0000-4000-8000-000000000001";
const CONTOSO = "caaaaaaa-0000-4000-8000-000000000001";
const ALEX = `${FABRIKAM}/f0000000-0000-4000-8000-000000000011`;
const SAM = `${FABRIKAM}/f0000000-0000-4000-8000-000000000013`;
const GRETA = `${FABRIKAM}/f0000000-0000-4000-8000-000000000010`;
const CARLA = `${CONTOSO}/c0000000-0000-4000-8000-000000000010`;

/** The pages: what the picture is called, who looks, at which address, in which language. */
const PAGES = [
  ["sign-in", undefined, "/sign-in"],
  ["customers", ALEX, `/partners/${FABRIKAM}/customers`],
  ["customer", ALEX, `/customers/${CONTOSO}?on=2020-07-31`],
  ["invitation-new", SAM, `/partners/${FABRIKAM}/invitations/new`],
  ["invitation", SAM, "/invitations/10000000-0000-4000-8000-000000000001", "fr"],
  ["groups", GRETA, `/partners/${FABRIKAM}/groups`],
  ["partners", CARLA, `/customers/${CONTOSO}/partners`],
  ["remove", CARLA, `/customers/${CONTOSO}/partners/${FABRIKAM}/remove?on=2020-07-31`, "fr"],
  ["subscriptions", CARLA, `/customers/${CONTOSO}/subscriptions?on=2020-08-05`],
  ["history", CARLA, `/customers/${CONTOSO}/history`],
  ["ask", ALEX, `/ask?what=customer:directory.administer&to=Contoso&on=2020-07-31`],
  ["problem", ALEX, "/nowhere"],
];

const browser = await start();
const differing = [];
mkdirSync(kept, { recursive: true });
await Promise.all([0, 1].map(async (half) => {
  for (const page of PAGES.filter((_, number) => number % 2 === half)) await take(...page);
}));
await browser.close();
for (const file of readdirSync(kept)) {
  if (!PAGES.some(([name]) => file.startsWith(`${name}.`))) differing.push(`${file} is of no page`);
}
differing.forEach((problem) => console.error(problem));
console.error(`${PAGES.length * SIZES.length * 2} pictures, ${differing.length} problems`);
process.exitCode = differing.length === 0 ? 0 : 1;

async function take(name, user, path, language = "en") {
  const context = await person(browser, url, { language });
  const page = await context.newPage();
  if (user) await signIn(page, user);
  await page.goto(path);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      // The day of the test is in one place of a page.
      const picture = await page.screenshot({ mask: [page.locator("#on")], maskColor: "#888", animations: "disabled" });
      compare(`${name}.${size.width}.${colorScheme}.png`, picture);
    }
  }
  await context.close();
}

function compare(file, picture) {
  const [old, fresh] = [join(kept, file), join(made, file)];
  const difference = existsSync(old) ? differs(readFileSync(old), picture) : "is not kept yet";
  if (!difference) return;
  mkdirSync(made, { recursive: true });
  writeFileSync(fresh, picture);
  if (process.env.UPDATE_EXPECT) {
    copyFileSync(fresh, old);
    rmSync(fresh);
  } else {
    differing.push(`${file} ${difference}: look at ${fresh}; UPDATE_EXPECT=1 keeps it`);
  }
}

function differs(old, picture) {
  const [one, other] = [PNG.sync.read(old), PNG.sync.read(picture)];
  if (one.width !== other.width || one.height !== other.height) return "has another size";
  const share = pixelmatch(one.data, other.data, undefined, one.width, one.height, { threshold: 0.2 }) / (one.width * one.height);
  return share > TOLERANCE ? `differs in ${(share * 100).toFixed(1)} % of its pixels` : undefined;
}
