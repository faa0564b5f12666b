// Tells the story by clicking, as its people: a relationship is requested, accepted and looked at; delegated admin is removed,
// what remains is ended; and at each step somebody asks who may do what. Everything is found by what a person reads.
//
//   node story.mjs TELLING=URL…     each telling on a server of its own: en, fr, en-plain (without scripts), en-keys (by keyboard)

import assert from "node:assert/strict";
import { person, signIn, start } from "./chromium.mjs";
import { Look } from "./look.mjs";
import { catalogue } from "./words.mjs";

const FABRIKAM = "faaaaaaa-0000-4000-8000-000000000001";
const CONTOSO = "caaaaaaa-0000-4000-8000-000000000001";
const ALEX = `${FABRIKAM}/f0000000-0000-4000-8000-000000000011`;
const SAM = `${FABRIKAM}/f0000000-0000-4000-8000-000000000013`;
const CARLA = `${CONTOSO}/c0000000-0000-4000-8000-000000000010`;
const SHOP = "Contoso Web Shop";

/** With a mouse. */
const mouse = {
  press: (page, control) => control.click(),
  type: (page, field, text) => field.fill(text),
  choose: (page, list, value) => list.selectOption(value),
};

/** With a keyboard alone: by tabs to where it is, and one sees where one is. */
const keys = {
  async reach(page, control) {
    await control.waitFor();
    for (let tabs = 0; tabs < 150; tabs += 1) {
      if (await control.evaluate((control) => control === document.activeElement)) {
        const outline = await control.evaluate((control) => getComputedStyle(control).outlineStyle);
        assert.notEqual(outline, "none", "where one is is seen");
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail(`no tab leads to ${control}`);
  },
  async press(page, control) {
    await this.reach(page, control);
    await page.keyboard.press("Enter");
  },
  async type(page, field, text) {
    await this.reach(page, field);
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(text);
  },
  async choose(page, list, value) {
    await this.reach(page, list);
    const begin = await list.evaluate((list, value) => [...list.options].findIndex((option) => option.value === value) - list.selectedIndex, value);
    for (let steps = 0; steps < Math.abs(begin); steps += 1) await page.keyboard.press(begin > 0 ? "ArrowDown" : "ArrowUp");
    assert.equal(await list.inputValue(), value);
  },
};

const browser = await start();
const look = new Look();
const tellings = process.argv.slice(2).map((telling) => telling.split("="));
const told = await Promise.allSettled(tellings.map(([telling, url]) => tell(telling, url)));
told.forEach(({ reason }, number) => reason && look.say(tellings[number][0], "", reason.stack));
await browser.close();
look.tell();

async function tell(telling, url) {
  const [language, how] = telling.split("-");
  const word = catalogue(language);
  const hands = how === "keys" ? keys : mouse;
  const [sam, alex, carla] = await Promise.all([SAM, ALEX, CARLA].map(comes));

  /** Somebody, at the page that they begin with. */
  async function comes(user) {
    const context = await person(browser, url, { language, javaScriptEnabled: how !== "plain" });
    await look.watch(context, telling);
    const page = await context.newPage();
    await signIn(page, user);
    return page;
  }

  const named = (page, role, name) => page.getByRole(role, { name, exact: true });
  const follow = (page, name) => hands.press(page, page.getByRole("link", { name }).first());
  const press = (page, name) => hands.press(page, page.getByRole("main").getByRole("button", { name }).first());
  const reads = (page, text) => page.getByRole("main").getByText(text).first().waitFor();
  const heads = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();
  const menu = (page, id) => hands.press(page, named(page.getByRole("navigation"), "link", word(id)).first());
  const looks = (page) => (how === undefined ? look.at(page, telling, language) : undefined);

  /** Asks on the page Ask: whether these may do that there, and what is said to it. */
  async function asks(page, { group, who, what, to }, answer, because) {
    await menu(page, "menu-ask");
    await heads(page, word("ask-title"));
    if (group) await hands.choose(page, page.getByLabel(word("ask-subject")), group);
    if (who) await hands.type(page, page.getByLabel(word("ask-who"), { exact: true }), who);
    await hands.choose(page, page.getByLabel(word("ask-what")), what);
    await hands.type(page, page.getByLabel(word("ask-to"), { exact: true }), to);
    await press(page, word("ask-button"));
    const said = page.getByRole("main").getByRole("status");
    await said.getByText(word(answer ? "ask-yes" : "ask-no"), { exact: true }).waitFor();
    if (because) await said.getByText(because).first().waitFor();
    await looks(page);
  }

  const directory = { group: "AdminAgents", who: "Fabrikam", what: "customer:directory.administer", to: "Contoso" };
  const own = { what: "customer:directory.administer", to: "Contoso" };
  const shop = { what: "subscription:subscription.manage", to: SHOP };

  // Alex does not even know of Contoso.
  await menu(alex, "menu-ask");
  await hands.choose(alex, alex.getByLabel(word("ask-what")), own.what);
  await hands.type(alex, alex.getByLabel(word("ask-to"), { exact: true }), own.to);
  await press(alex, word("ask-button"));
  await reads(alex, word("ask-unknown"));
  await looks(alex);

  // Sam requests the relationship, with delegated admin privileges.
  await menu(sam, "menu-invitations");
  await follow(sam, word("invitation-new-title"));
  await heads(sam, word("invitation-new-title"));
  await looks(sam);
  assert.ok(await sam.getByLabel(word("invitation-with-dap")).isChecked(), "delegated admin is asked for");
  await hands.type(sam, sam.getByLabel(word("invitation-recipient"), { exact: true }), "carla@contoso.com");
  await press(sam, word("invitation-send-button"));
  await heads(sam, word("invitation-of", { partner: "Fabrikam" }));
  await looks(sam);
  const link = await sam.getByLabel(word("invitation-link")).inputValue();
  const mail = await sam.getByRole("link", { name: word("invitation-mailto") }).getAttribute("href");
  assert.ok(mail.startsWith("mailto:carla@contoso.com?") && mail.includes(encodeURIComponent(link)), mail);
  const eml = await sam.getByRole("link", { name: word("invitation-eml") }).getAttribute("href");
  const file = await sam.context().request.get(eml);
  assert.equal(file.headers()["content-type"].split(";")[0], "message/rfc822");

  // Carla opens its link, reads what Fabrikam will be able to do, and accepts.
  await carla.goto(link);
  await heads(carla, word("invitation-of", { partner: "Fabrikam" }));
  await reads(carla, word("invitation-will-administer"));
  await looks(carla);
  await press(carla, word("accept-button"));
  await carla.getByRole("status", { name: word("done-title") }).waitFor();
  await looks(carla);
  await asks(carla, directory, true, "DAP-1");

  // Alex looks at the card, and Sam provisions a subscription.
  await asks(alex, own, true, "DAP-1");
  await menu(alex, "menu-customers");
  await follow(alex, "Contoso");
  await heads(alex, "Contoso");
  await reads(alex, word("dap-in-force"));
  await looks(alex);
  await menu(sam, "menu-customers");
  await follow(sam, "Contoso");
  await hands.press(sam, sam.getByText(word("provision-title"), { exact: true }));
  await hands.type(sam, sam.getByLabel(word("subscription-name"), { exact: true }), SHOP);
  await hands.choose(sam, sam.getByLabel(word("subscription-kind"), { exact: true }), "azure");
  await press(sam, word("provision-button"));
  await sam.getByRole("status", { name: word("done-title") }).waitFor();
  await looks(sam);

  // Carla removes delegated admin: she sees what goes and what remains before she does it.
  await menu(carla, "menu-partners");
  await reads(carla, word("dap-in-force"));
  await looks(carla);
  await hands.press(carla, carla.getByRole("link", { name: word("end-dap") }).first());
  await heads(carla, word("removal-title", { partner: "Fabrikam" }));
  for (const title of ["removal-goes", "removal-remains"]) await carla.getByRole("heading", { name: word(title) }).waitFor();
  await reads(carla, SHOP);
  await looks(carla);
  await press(carla, word("removal-button"));
  await carla.getByRole("status", { name: word("done-title") }).waitFor();
  await carla.getByRole("heading", { name: word("removal-left") }).waitFor();
  await looks(carla);
  const removal = carla.url();
  await asks(carla, directory, false);

  // Alex has lost the directory, but not the shop.
  await asks(alex, own, false);
  await asks(alex, shop, true, "SUB-4");

  // She ends each of the rest with its button, until none is left that she can end.
  await carla.goto(removal);
  for (let left = 0; ; left += 1) {
    const end = carla.getByRole("main").getByRole("link", { name: word("end-role") });
    if ((await end.count()) === 0) {
      assert.ok(left > 0, "there was something to end");
      break;
    }
    assert.ok(left < 5, "it ends");
    await hands.press(carla, end.first());
    await heads(carla, word("role-removal-title"));
    await looks(carla);
    await hands.press(carla, carla.getByRole("main").getByRole("button").first());
    await carla.getByRole("status", { name: word("done-title") }).waitFor();
    await carla.goto(removal);
  }
  await reads(carla, word("remains-none-of-yours"));
  await looks(carla);
  await asks(alex, shop, false);

  // The day before is as it was.
  await alex.goto("/ask");
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000).toISOString().slice(0, 10);
  await alex.goto(`${alex.url()}?on=${yesterday}`);
  assert.equal(await alex.getByRole("status").count(), 1, "the day is marked");
  await Promise.all([sam, alex, carla].map((page) => page.context().close()));
}
