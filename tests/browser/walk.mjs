// Walks over the console as everybody: from the page that one begins with, along every link and every form that only asks,
// today and on a day in the past, in both languages. Looks at each page, and writes how it is read aloud.
//
//   node walk.mjs URL TREES     the server, started with --dev, and the folder for the accessibility trees

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LANGUAGES, person, personas, signIn, start } from "./chromium.mjs";
import { Look, NARROW, WIDE } from "./look.mjs";

const [url, trees] = process.argv.slice(2);
const PAST = "2020-07-31";
/** How many addresses of a kind are walked, in English today and otherwise: they differ in ids or values of parameters alone. */
const OF_A_KIND = { first: 2, otherwise: 1 };
/** How many people walk at once. */
const AT_ONCE = 3;
/** Whose pages are kept as they are read aloud: one of each sort, by their first names. */
const KEPT = { en: ["Alex", "Greta", "Carla", "Colin", "Operator"], fr: ["Alex", "Carla"] };

/** A time from 2026 on, in words: the story is of 2020. */
const AHEAD = /\d{1,2}(er)? \p{L}+ 20(2[6-9]|[3-9]\d)(,| at| à)? \d\d:\d\d/gu;

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const look = new Look();
const browser = await start();
const doorstep = await person(browser, url);
const everybody = await personas(doorstep);
if (everybody.length < 11) look.say("anybody", url, `only ${everybody.length} people to be`);
const walks = Object.keys(LANGUAGES).flatMap((language) => everybody.map((somebody) => ({ ...somebody, language })));
mkdirSync(trees, { recursive: true });
const all = walks.length;
await Promise.all(Array.from({ length: AT_ONCE }, walkers));
await doorsteps();
await browser.close();
if (all < 22) look.say("anybody", url, "there is nobody to walk");
look.tell();

async function walkers() {
  for (let next = walks.shift(); next; next = walks.shift()) await walk(next);
}

/** The pages of somebody who is not signed in. */
async function doorsteps() {
  for (const language of Object.keys(LANGUAGES)) {
    const context = await person(browser, url, { language });
    await look.watch(context, "a stranger");
    const page = await context.newPage();
    for (const path of ["/sign-in", "/sign-in?ended=true", "/sign-in?out=true", "/sign-in?problem=refused&to=/search"]) {
      await page.goto(path);
      await look.at(page, "a stranger", language);
    }
    await context.close();
  }
}

async function walk({ user, name, language }) {
  const who = `${name} (${language})`;
  const context = await person(browser, url, { language, viewport: NARROW });
  await look.watch(context, who);
  const page = await context.newPage();
  await signIn(page, user);
  const home = new URL(page.url());
  const queue = [address(home), `${home.pathname}?on=${PAST}`];
  const known = new Set(queue);
  const kinds = new Map();
  const kept = new Set();
  const read = [];
  for (let at = queue.shift(); at; at = queue.shift()) {
    const answer = await page.goto(at);
    const { "content-type": type = "no type" } = answer.headers();
    if (answer.status() !== 200) look.say(who, at, `a link leads to ${answer.status()}, ${type}`);
    if (!type.startsWith("text/html")) continue;
    if (!answer.headers()["content-security-policy"]?.includes("default-src 'none'")) look.say(who, at, "it has no policy");
    if (answer.headers()["cache-control"] !== "no-store") look.say(who, at, "it may be kept");
    await look.at(page, who, language);
    // One page of each kind, as it stands first.
    const kind = kindOf(new URL(at, url), false);
    if (KEPT[language].some((kept) => name.startsWith(kept)) && !kept.has(kind)) {
      kept.add(kind);
      // The server's port is another each time, and a new draft ends so long from now.
      await page.setViewportSize(WIDE);
      const tree = (await page.locator("main").ariaSnapshot()).replaceAll(AHEAD, "LATER");
      await page.setViewportSize(NARROW);
      read.push(`== ${at}\n${tree.replaceAll(encodeURIComponent(url), "SERVER").replaceAll(url, "SERVER")}\n`);
    }
    const { pages, files } = await page.evaluate(leads);
    for (const file of files.filter(isNew)) {
      const answer = await context.request.get(file, { maxRedirects: 0 });
      const type = answer.headers()["content-type"];
      if (answer.status() !== 200 || type.startsWith("text/html")) look.say(who, file, `a file is ${answer.status()} ${type}`);
    }
    queue.push(...pages.filter(isNew));
  }
  // In the order of their addresses: another link does not move all of them.
  read.sort();
  const file = `${name.split(" ")[0].toLowerCase()}.${language}.txt`;
  if (read.length > 0) writeFileSync(join(trees, file), read.join("\n"));
  await context.close();

  function isNew(to) {
    const found = new URL(to, url);
    const most = language === "en" && !found.searchParams.has("on") ? OF_A_KIND.first : OF_A_KIND.otherwise;
    const kind = kindOf(found, true);
    const of_kind = kinds.get(kind) ?? 0;
    if (known.has(to) || of_kind >= most) return false;
    known.add(to);
    kinds.set(kind, of_kind + 1);
    return true;
  }
}

/** What sort of page is at an address: without its ids, and without the values of its parameters or with none of them. */
function kindOf(url, withParameters) {
  const names = [...url.searchParams.keys()].filter((name) => withParameters || name === "on");
  return `${url.pathname.replace(GUID, "…")}?${names.sort().join("&")}`;
}

function address(url) {
  return url.pathname + url.search;
}

/** In the page: where it leads on this server by links and forms that only ask, and which files it offers. */
function leads() {
  const own = (to) => to.origin === location.origin;
  const address = (to) => to.pathname + to.search;
  const links = [...document.querySelectorAll("a[href]")].filter((link) => own(new URL(link.href)));
  const pages = links.filter((link) => !link.hasAttribute("download")).map((link) => address(new URL(link.href)));
  const files = links.filter((link) => link.hasAttribute("download")).map((link) => address(new URL(link.href)));
  // The form that chooses the day is on every page, and would double them: the walk has a day of its own.
  for (const form of document.querySelectorAll("form:not(.day)")) {
    if (form.method !== "get") continue;
    const send = (changed) => {
      const fields = new FormData(form);
      changed.forEach(([name, value]) => fields.set(name, value));
      const to = new URL(form.action);
      to.search = new URLSearchParams([...fields]);
      pages.push(address(to));
    };
    send([]);
    for (const select of form.querySelectorAll("select[name]")) {
      for (const option of select.options) send([[select.name, option.value]]);
    }
  }
  return { pages: [...new Set(pages)], files: [...new Set(files)] };
}
