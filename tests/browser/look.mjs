// Looks at a page as every page of the console has to be: read by everybody (WCAG 2.2 AA by axe, light and dark, wide and
// narrow, in letters of twice the size, on paper), in one language, within our policy, from our server alone, and small.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
export const WIDE = { width: 1366, height: 900 };
export const NARROW = { width: 360, height: 800 };
/** A sheet of A4 between its margins, in CSS pixels. */
const PAPER = { width: 718, height: 1047 };
/** What a page may bring over the wire, with all that belongs to it. */
const BYTES_MAX = 100 * 1024;

/** At how many places a problem is told. */
const PLACES = 12;

/** Looks at pages, and keeps what is wrong with them. */
export class Look {
  /** What pages are built of: axe looks at each page that has something new in it. */
  #builds = new Set();
  #sizes = new Map();
  /** What is wrong, by how it is told; each with the pages where. */
  problems = new Map();
  pages = 0;
  #looked = 0;
  #begun = Date.now();
  #axe_took = 0;

  /** Has a context watched from now on: what its pages ask, and what they complain about. */
  async watch(context, who) {
    const origin = new URL(context._options.baseURL).origin;
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol)) this.say(who, url, "asked of another server");
    });
    context.on("requestfinished", async (request) => {
      const sizes = await request.sizes().catch(() => undefined);
      if (sizes?.responseBodySize > 0) this.#sizes.set(request.url(), sizes.responseBodySize + sizes.responseHeadersSize);
    });
    context.on("console", (message) => {
      const is_status = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !is_status) this.say(who, message.page()?.url(), `the browser says: ${message.text()}`);
    });
    context.on("weberror", (error) => this.say(who, error.page()?.url(), `a script failed: ${error.error()}`));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`the policy forbids ${event.violatedDirective}: ${event.blockedURI}`),
      );
    });
  }

  /** Looks at the page as it is; `who` is told with what is wrong. */
  async at(page, who, language) {
    this.pages += 1;
    const seen = await page.evaluate(see);
    const say = (problem) => this.say(who, page.url(), problem);
    if (seen.language !== language) say(`its language is ${seen.language || "not said"}`);
    if (seen.headings !== 1) say(`it has ${seen.headings} first headings`);
    if (!seen.title.endsWith("Procura") || seen.title.startsWith("·")) say(`its title is ${seen.title}`);
    for (const text of seen.raw) say(`no word of a language: ${text}`);
    for (const anchor of seen.lost) say(`a link leads to no place of the page: ${anchor}`);
    const bytes = [page.url().split("#")[0], ...seen.parts].map((url) => this.#sizes.get(url) ?? 0);
    const all = bytes.reduce((sum, bytes) => sum + bytes, 0);
    if (all > BYTES_MAX) say(`${all} bytes come over the wire`);
    const is_new = seen.builds.some((build) => !this.#builds.has(build));
    seen.builds.forEach((build) => this.#builds.add(build));
    this.#looked += is_new ? 1 : 0;
    const size = page.viewportSize();
    if (size.width !== NARROW.width) await page.setViewportSize(NARROW);
    for (const wide of await page.evaluate(overflowing)) say(`at ${NARROW.width} pixels it goes beyond the edge: ${wide}`);
    if (is_new) {
      await this.#axe(page, say, "narrow", { runOnly: TAGS, rules: { "color-contrast": { enabled: false } } });
      await page.setViewportSize(WIDE);
      await this.#axe(page, say, "light", { runOnly: TAGS });
      await page.emulateMedia({ colorScheme: "dark" });
      await this.#axe(page, say, "dark", { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } });
      await page.emulateMedia({ colorScheme: "light" });
      // WCAG 1.4.4: twice the size of letters, with the window as it was. Zoomed, a window only gets narrower.
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      for (const wide of await page.evaluate(overflowing)) say(`in letters of twice the size it goes beyond the edge: ${wide}`);
      await page.evaluate(() => (document.documentElement.style.fontSize = ""));
      await this.#printed(page, say);
    }
    if (is_new || size.width !== NARROW.width) await page.setViewportSize(size);
  }

  /** On paper there is what the page says, and nothing to press or to send. */
  async #printed(page, say) {
    await page.setViewportSize(PAPER);
    await page.emulateMedia({ media: "print" });
    for (const wide of await page.evaluate(overflowing)) say(`on paper it goes beyond the edge: ${wide}`);
    for (const control of await page.evaluate(pressable)) say(`on paper there is something to press: ${control}`);
    if (!(await page.locator("h1").isVisible())) say("on paper it has no heading");
    await page.emulateMedia({ media: "screen" });
  }

  async #axe(page, say, how, options) {
    const begun = Date.now();
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((options) => axe.run(document, { ...options, resultTypes: ["violations"] }), options);
    this.#axe_took += Date.now() - begun;
    for (const { id, help, nodes } of violations) {
      for (const node of nodes.slice(0, 3)) {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
        say(`axe (${how}) ${id}: ${help}: ${node.html.slice(0, 200)} (${why})`);
      }
    }
  }

  say(who, url, problem) {
    const pages = this.problems.get(problem) ?? [];
    pages.push(`${who} at ${url}`);
    this.problems.set(problem, pages);
  }

  /** Tells what is wrong, and ends the script accordingly. */
  tell() {
    for (const [problem, pages] of this.problems) {
      console.error(`${problem}\n    ${pages.slice(0, PLACES).join("\n    ")}${pages.length > PLACES ? `\n    and ${pages.length - PLACES} more` : ""}`);
    }
    const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(0)} s`;
    const took = `${seconds(Date.now() - this.#begun)}, ${seconds(this.#axe_took)} of them axe's`;
    console.error(`${this.pages} pages, ${this.#looked} of them looked at by axe, ${this.problems.size} problems, in ${took}`);
    process.exitCode = this.problems.size === 0 ? 0 : 1;
  }
}

/** In the page: what stands there. */
function see() {
  const raw = new Set();
  // An id of the catalogue, a name of the vocabulary, or a place for a value, where words should be.
  const is_raw = (text) => !/^[0-9a-f-]{36}$/.test(text.trim()) && /^[a-z]+(-[a-z0-9]+)+$|^[a-z]+([A-Z][a-z]+)+$|\{\s*\$/.test(text.trim());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const texts =
      node.nodeType === Node.TEXT_NODE
        ? [node.parentElement.closest("code, [lang] [lang], script") ? "" : node.data]
        : ["aria-label", "placeholder", "title", "data-name", "alt"].map((name) => node.getAttribute(name) ?? "");
    texts.filter(is_raw).forEach((text) => raw.add(text.trim()));
  }
  // What the page is built of: its elements within those around them, without what they say.
  const own = (element) => {
    const attributes = [...element.attributes].filter(({ name }) => /^(aria-|role|class|type|lang|for|alt|scope)/.test(name));
    const told = attributes.map(({ name, value }) => (/^(class|role|type|scope)/.test(name) ? `${name}=${value}` : name));
    return `${element.localName} ${told.sort().join(" ")} ${element.textContent.trim() === "" ? "empty" : ""}`;
  };
  const around = (element, levels) =>
    element && levels > 0 ? `${around(element.parentElement, levels - 1)} > ${own(element)}` : "";
  const builds = new Set([...document.body.querySelectorAll("*")].map((element) => around(element, 4)));
  const links = [...document.querySelectorAll("a[href]")];
  const inner = links.map((link) => link.getAttribute("href")).filter((href) => href.startsWith("#"));
  const parts = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src]");
  return {
    language: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    raw: [...raw],
    lost: inner.filter((href) => !document.getElementById(href.slice(1))),
    parts: [...new Set([...parts].map((part) => part.href ?? part.src))],
    builds: [...builds],
  };
}

/** In the page: what can be pressed or filled in, where it is seen; not what a list is filtered by. */
function pressable() {
  const seen = [...document.querySelectorAll("button, .button, form[method=post] *")].filter((control) => control.checkVisibility());
  return seen.slice(0, 3).map((control) => control.outerHTML.slice(0, 200));
}

/** In the page: what makes it wider than the window. */
function overflowing() {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const all = [...document.body.querySelectorAll("*")];
  const beyond = all.filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
  const first = beyond.find((element) => !beyond.some((other) => other !== element && element.contains(other)));
  return [(first ?? document.body).outerHTML.slice(0, 200)];
}
