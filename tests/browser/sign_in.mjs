// Signs in to the console at a real OpenID provider, in a browser: where one ends up, which cookies there are, what is left
// after signing out, and that nobody comes in with what was another's.
//
//   node sign_in.mjs URL PERSON STRANGER     TENANT/USER of somebody registered, and of somebody whose tenant is not

import assert from "node:assert/strict";
import { person, start } from "./chromium.mjs";

const [url, registered, stranger] = process.argv.slice(2);
/** The page that somebody wanted to see. */
const DEEP = "/partners/faaaaaaa-0000-4000-8000-000000000001/customers?name=a";
const SESSION = "procura-session";

const browser = await start();

/** A browser at the page of the console that asks to sign in; its owner wanted to see a page. */
async function arrive(to = DEEP) {
  const context = await person(browser, url);
  const page = await context.newPage();
  await page.goto(to);
  assert.equal(new URL(page.url()).pathname, "/sign-in", "a stranger is sent to sign in");
  return { context, page };
}

/** Signs in at the provider, as far as its last page; what follows is the way back. */
async function atProvider(page, who) {
  await page.getByRole("button", { name: "Sign in with Fabrikam ID" }).click();
  await page.waitForURL((at) => at.origin !== url);
  await page.locator("[name=login]").fill(who);
  await page.locator("[name=password]").fill("any");
  await page.locator("[type=submit]").click();
  await page.locator("[type=submit]").getByText("Continue").waitFor();
}

async function through(page, who) {
  await atProvider(page, who);
  await page.locator("[type=submit]").click();
  await page.waitForURL((at) => at.origin === url);
}

/** The address that the provider sends the browser back to, not used yet: without its cookie the console takes none. */
async function wayBack(context, page, who) {
  await atProvider(page, who);
  const cookies = await context.cookies(url);
  await context.clearCookies({ name: "procura-sign-in" });
  const back = page.waitForRequest("**/sign-in/done**");
  await page.locator("[type=submit]").click();
  const address = (await back).url();
  await page.waitForURL((at) => at.pathname === "/sign-in");
  await context.addCookies(cookies);
  return address;
}

const sessionOf = async (context) => (await context.cookies()).find(({ name }) => name === SESSION);
const at = (page) => new URL(page.url()).pathname + new URL(page.url()).search;
const notice = (page) => page.getByRole("status").textContent();

{
  // Somebody signs in, and is where they wanted to be.
  const { context, page } = await arrive();
  await context.addCookies([{ name: SESSION, value: "planted", url }]);
  await through(page, registered);
  assert.equal(at(page), DEEP, "one comes to the page that one wanted");
  const session = await sessionOf(context);
  assert.notEqual(session.value, "planted", "a session begins under a new key");
  const { httpOnly, sameSite, path, secure } = session;
  assert.deepEqual({ httpOnly, sameSite, path, secure }, { httpOnly: true, sameSite: "Lax", path: "/", secure: false });
  const hours = (session.expires - Date.now() / 1000) / 3600;
  assert.ok(hours > 11.9 && hours <= 12, `it lasts ${hours} hours`);
  assert.equal(await page.evaluate(() => document.cookie), "", "no script reads a cookie");
  assert.equal((await context.cookies()).find(({ name }) => name === "procura-sign-in"), undefined);

  // Signing in once more is another session, and the first is over.
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with Fabrikam ID" }).click();
  // The provider knows who it is.
  await page.locator("[type=submit]").getByText("Continue").click();
  await page.waitForURL((at) => at.origin === url && at.pathname !== "/sign-in");
  const second = await sessionOf(context);
  assert.notEqual(second.value, session.value);
  assert.equal(await opens(session.value), false, "the first session is over");
  assert.equal(await opens(second.value), true);

  // Signed out, the cookie opens nothing, whoever kept it; going back shows nothing.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL((at) => at.pathname === "/sign-in");
  assert.equal(await notice(page), "You are signed out.");
  assert.equal(await sessionOf(context), undefined);
  assert.equal(await opens(second.value), false, "a session that was signed out of is over");
  await page.goBack();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.close();
}

{
  // Whose organisation is not registered is told so.
  const { context, page } = await arrive();
  await through(page, stranger);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  assert.match(await notice(page), /organisation is not registered/);
  assert.equal(await sessionOf(context), undefined);
  await context.close();
}

{
  // Nobody comes in with another's code, or is made somebody else by it.
  const [one, other] = [await arrive(), await arrive()];
  const addresses = [await wayBack(one.context, one.page, registered), await wayBack(other.context, other.page, stranger)];
  const [own, others] = addresses.map((address) => new URL(address));
  // The other's whole answer.
  await one.page.goto(others.href);
  assert.match(await notice(one.page), /began in another browser/);
  // The other's code in one's own answer.
  const mixed = new URL(own);
  mixed.searchParams.set("code", others.searchParams.get("code"));
  await one.page.goto(mixed.href);
  assert.match(await notice(one.page), /You were not signed in/);
  assert.equal(await sessionOf(one.context), undefined);
  await one.context.close();
  await other.context.close();
}

{
  // Without scripts and without a page that sends one on, there is a link.
  const { context, page } = await arrive();
  const left = await context.request.post("/sign-in", { form: { provider: "0", to: DEEP }, maxRedirects: 0 });
  assert.match(await left.text(), /<a [^>]*href="http:\/\/127\.0\.0\.1/);
  // Who says no at the provider is not signed in, and may try again.
  const { searchParams } = new URL(/url=(.*)$/.exec(left.headers().refresh)[1]);
  await page.goto(`/sign-in/done?error=access_denied&state=${searchParams.get("state")}`);
  assert.match(await notice(page), /You were not signed in/);
  await through(page, registered);
  assert.equal(at(page), DEEP, "the page that one wanted is kept");
  await context.close();
}

await browser.close();

/** Whether a session's key opens a page. */
async function opens(session) {
  const context = await person(browser, url);
  await context.addCookies([{ name: SESSION, value: session, url }]);
  const answer = await context.request.get("/", { maxRedirects: 0 });
  await context.close();
  return answer.headers().location !== undefined && !answer.headers().location.startsWith("/sign-in");
}
