// The browser of these tests: Debian's Chromium, driven by Playwright, with fonts of its own, so that a page looks the same
// on every machine.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");

/** The longest that anything is waited for: far longer than it takes, so that only a hang runs into it. */
const PATIENCE = 60_000;

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-lcd-text",
  "--font-render-hinting=none",
  "--force-color-profile=srgb",
];

/** The languages that the console speaks, as a browser asks for them. */
export const LANGUAGES = { en: "en-GB", fr: "fr-FR" };

/** Starts the one browser of a script, in which everybody gets a context of its own. */
export async function start() {
  const env = { ...process.env, FONTCONFIG_FILE: fonts() };
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS, chromiumSandbox: false, env });
}

/** The browser of one person. */
export async function person(browser, url, options = {}) {
  const context = await browser.newContext({
    baseURL: url,
    locale: LANGUAGES[options.language ?? "en"],
    timezoneId: "UTC",
    colorScheme: "light",
    reducedMotion: "reduce",
    viewport: { width: 1366, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** The file that names the only fonts that there are. */
function fonts() {
  const folder = mkdtempSync(join(tmpdir(), "procura-fonts-"));
  mkdirSync(join(folder, "cache"));
  const installed = (name) => join(process.cwd(), "node_modules/@expo-google-fonts", name);
  const alias = (generic, name) =>
    `<match target="pattern"><test name="family"><string>${generic}</string></test>` +
    `<edit name="family" mode="assign" binding="strong"><string>${name}</string></edit></match>`;
  const file = join(folder, "fonts.conf");
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${installed("inter")}</dir><dir>${installed("source-code-pro")}</dir><cachedir>${join(folder, "cache")}</cachedir>
    ${alias("monospace", "Source Code Pro")}${alias("ui-monospace", "Source Code Pro")}
    <match target="pattern"><edit name="family" mode="append_last"><string>Inter</string></edit></match>
    <match target="font"><edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit><edit name="rgba" mode="assign"><const>none</const></edit></match>
    </fontconfig>`,
  );
  return file;
}

/** Everybody whom one may be on a server that is there to be tried: what the button sends, and what it is called. */
export async function personas(context) {
  const page = await context.newPage();
  await page.goto("/sign-in");
  const buttons = page.locator("button[name=user]");
  const all = await buttons.evaluateAll((buttons) =>
    buttons.map((button) => ({ user: button.value, name: button.querySelector("strong").textContent })),
  );
  await page.close();
  return all;
}

/** Signs in as that person, by its button, and stays on the page that one begins with. */
export async function signIn(page, user) {
  await page.goto("/sign-in");
  await page.locator(`button[name=user][value="${user}"]`).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}
