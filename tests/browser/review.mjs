// The page in a real browser: node review.mjs [--screenshots]
//
// What is checked stands in each test's name. The list is data/followers.csv, which is made up, and one of hostile texts
// that is made here.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT, accessible, browser, check, checkQuiet, events, folder, open, pause, result, review, run, status, until, who } from "./harness.mjs";

const LIST = "data/followers.csv";
const SHOTS = path.join(ROOT, "docs/review");
const scratch = folder();
let ledgers = 0;
const ledger = () => path.join(scratch, `${(ledgers += 1)}.ledger`);

const stands = (all) => all.filter((event) => event.kind === "decide" && !event.undone_at);

/** Presses a key and waits until the page says what became of it. */
async function press(page, key) {
  const before = await page.evaluate(() => document.querySelector("#status").textContent + document.querySelector("#who")?.textContent + document.querySelector("#alert").textContent);
  await page.keyboard.press(key);
  await page.waitForFunction((before) => document.querySelector("#status").textContent + document.querySelector("#who")?.textContent + document.querySelector("#alert").textContent !== before && !document.body.classList.contains("busy"), before, { timeout: 10000 });
}

const tests = {
  async "decide, undo, reload"(context) {
    const file = ledger();
    const server = await review(LIST, file);
    const page = await open(context, server);
    check(!page.url().includes("token"), "the token leaves the address bar", page.url());
    const first = await who(page);
    await press(page, "x");
    check((await who(page)) !== first, "a decision goes on");
    check((await status(page)).includes(`${first}: spam. Kept. 301 left.`), "it says what was decided", await status(page));
    check(await page.evaluate(() => document.activeElement?.id) === "who", "the focus is on the next account");
    let kept = stands(await events(file));
    check(kept.length === 1 && kept[0].value === "spam" && kept[0].who === "anna", "it is in the ledger", kept);
    await press(page, "u");
    check((await who(page)) === first, "undo goes back to the account");
    kept = await events(file);
    check(stands(kept).length === 0 && kept.length === 1, "it was taken back, and is in the history", kept);
    for (const [key, name] of [["f", "follow-back"], ["l", "list"], ["p", "pending"], ["s", "skip"]]) {
      await press(page, key);
      kept = stands(await events(file));
      check(kept.at(-1)?.value === name, `${key} decides ${name}`, kept.at(-1));
    }
    await page.locator('button[data-do="spam"]').click();
    await until(async () => stands(await events(file)).length === 5, "a click decides too");
    const here = await who(page);
    await page.reload();
    await page.waitForSelector("#who");
    check((await who(page)) === here, "after a reload it goes on with who is left");
    check((await page.locator("#progress-text").innerText()) === "5 of 302 decided, 297 left", "and counts those decided");
    await press(page, "u");
    check(stands(await events(file)).length === 4, "undo works after a reload");
    await page.keyboard.press("t");
    await page.locator("#ask-line").fill("press");
    await page.keyboard.press("Enter");
    await until(async () => (await page.locator(".tag").first().innerText()).includes("press"), "a tag is put on");
    await page.keyboard.press("n");
    await page.locator("#ask-text").fill("met in Lisbon, x s u");
    await page.keyboard.press("Enter");
    await until(async () => (await page.locator(".past").innerText()).includes("met in Lisbon, x s u"), "a note is kept, and its letters decide nothing");
    check(stands(await events(file)).length === 4, "nothing else was decided meanwhile");
    const reason = async (text) => {
      await page.keyboard.press("w");
      await page.locator("#ask-line").fill(text);
      await page.keyboard.press("Enter");
      await until(async () => (await page.locator("#because").innerText()).includes(text), "a reason is shown until it is used");
    };
    await reason("a friend x s u");
    check(stands(await events(file)).length === 4, "a reason decides nothing by itself");
    const keep = await who(page);
    await press(page, "+");
    check((await status(page)).includes(`${keep}: on the keep list. Kept.`), "a mark is kept", await status(page));
    check((await events(file)).at(-1).why === "a friend x s u", "with its reason", (await events(file)).at(-1));
    check(await page.locator("#because").isHidden(), "which is no reason for the next");
    await reason("for nobody");
    await press(page, "j");
    check(await page.locator("#because").isHidden(), "nor after going on without deciding");
    await press(page, "k");
    await reason("says the same to all");
    await press(page, "x");
    check((await events(file)).at(-1).why === "says the same to all" && (await events(file)).at(-1).value === "spam", "a decision is kept with its reason");
    await press(page, "u");
    check(stands(await events(file)).length === 4, "and taken back");
    await press(page, "-");
    check((await events(file)).at(-1).kind === "never", "and the never list");
    // An address with a wrong token, in the same tab.
    page.seen.expectErrors = true;
    await page.evaluate(() => { location.hash = `token=${"0".repeat(64)}`; });
    await until(async () => (await page.locator("#alert").innerText()).includes("another start"), "a wrong token is told");
    await until(async () => (await page.locator("#alert").innerText()) === "", "and does not replace the right one");
    // A key that is held down.
    const before = stands(await events(file)).length;
    await page.keyboard.down("s");
    for (let n = 0; n < 5; n += 1) await page.keyboard.down("s");
    await page.keyboard.up("s");
    await pause(300);
    check(stands(await events(file)).length === before + 1, "a key that is held down decides one");
    await checkQuiet(page, "decide, undo, reload");
    await page.close();
    const { code } = await server.kill("SIGINT");
    check(code === 0 && server.err().includes("decisions made here; everything is in"), "Ctrl-C ends it cleanly", server.err());
  },

  async "two tabs at once"(context) {
    const file = ledger();
    const server = await review(LIST, file);
    const one = await open(context, server);
    // A second tab without a token gets it from the first.
    const two = await open(context, { ...server, url: `${server.origin}/` });
    const first = await who(one);
    check((await who(two)) === first, "both begin with the same");
    // Tabs in the background ask no more than they must; these are both looked at.
    await press(one, "x");
    await until(async () => (await two.locator("#alert").innerText()).includes("Changed while you looked"), "the other tab is told");
    check((await two.locator("#alert").innerText()).includes("spam, by anna just now"), "by whom and when", await two.locator("#alert").innerText());
    check((await who(two)) === first, "and keeps the account in place");
    await press(two, "j");
    check((await who(two)) !== first, "who is decided is left out of the queue");
    // Quicker than the news: the answer itself tells.
    const second = await who(one);
    check((await who(two)) === second, "both are at the second");
    await Promise.all([one.keyboard.press("s"), two.keyboard.press("f")]);
    await until(async () => (await events(file)).filter((event) => event.kind === "decide").length === 2, "one of both was written");
    await pause(500);
    const written = stands(await events(file));
    check(written.length === 2, "and only one", written);
    const loser = written[1].value === "skip" ? two : one;
    check((await loser.locator("#alert").innerText()).includes("Another was quicker"), "the other says loudly that it was not", await loser.locator("#alert").innerText());
    check((await who(loser)) === second, "and stays");
    await press(loser, "p");
    check(stands(await events(file)).at(-1).value === "pending", "who decides once more decides");
    await checkQuiet(one, "first tab");
    await checkQuiet(two, "second tab");
    await one.close();
    await two.close();
    await server.kill();
  },

  async "two people on one ledger"(context) {
    const file = ledger();
    const [anna, ben] = [await review(LIST, file), await review(LIST, file, { who: "ben" })];
    const [hers, his] = [await open(context, anna), await open(context, ben)];
    const first = await who(hers);
    await press(his, "f");
    await until(async () => (await hers.locator("#alert").innerText()).includes("follow back, by ben just now"), "she is told what he decided");
    check((await hers.locator("#progress-text").innerText()).startsWith("1 of 302"), "and it is counted");
    await press(hers, "j");
    await press(his, "x");
    await until(async () => (await hers.locator("#alert").innerText()).includes("by ben just now") || (await status(hers)).includes("ben"), "and of the next");
    check(first !== (await who(hers)), "she went on");
    await press(hers, "u");
    check((await hers.locator("#alert").innerText()).includes("nothing was decided here"), "undo takes back one's own only", await hers.locator("#alert").innerText());
    hers.seen.expectErrors = true; // the refusal is on the console
    await checkQuiet(hers, "hers");
    await checkQuiet(his, "his");
    await hers.close();
    await his.close();
    await anna.kill();
    await ben.kill();
  },

  async "killed in the middle of decisions, again and again"(context) {
    const file = ledger();
    let server = await review(LIST, file);
    const port = server.port;
    const page = await open(context, server);
    page.seen.expectErrors = true; // the browser tells of each connection that is refused
    const acknowledged = new Map();
    page.on("response", async (response) => {
      if (!response.url().endsWith("/api/change") || !response.ok()) return;
      const answer = await response.json().catch(() => null);
      if (answer?.kept) acknowledged.set(String(answer.number), answer.account.id);
    });
    let loud = 0;
    for (let round = 0; round < 8; round += 1) {
      // Whatever the machine has to do besides: after seven more decisions, at some moment of the next.
      const enough = acknowledged.size + 7;
      const patience = Date.now() + 60_000;
      let [killer, dead] = [null, false];
      while (!dead && Date.now() < patience) {
        await page.keyboard.press("xspl"[round % 4]);
        await pause(4);
        if (!killer && acknowledged.size >= enough) killer = pause(13 * round).then(() => server.kill()).then(() => (dead = true));
      }
      await killer;
      await page.keyboard.press("x");
      await until(async () => (await page.locator("#alert").innerText()).includes("NOT kept"), "the page says loudly that it was not kept");
      loud += 1;
      const here = await who(page);
      await page.keyboard.press("x");
      await pause(50);
      check((await who(page)) === here, "and keeps the account in place");
      server = await review(LIST, file, { port });
      // The address of the new start, in the same tab.
      await page.goto(server.url);
      await until(async () => (await page.locator("#alert").innerText()) === "" && (await status(page)).includes("answers again"), "it goes on by itself");
      const kept = new Map((await events(file)).map((event) => [event.change, event.id]));
      const lost = [...acknowledged].filter(([number, id]) => kept.get(number) !== id);
      check(lost.length === 0, "nothing that was acknowledged is lost", lost);
      check(stands(await events(file)).length - acknowledged.size <= round + 1, "and at most the one under way is there besides");
    }
    console.log(`  killed ${loud} times, ${acknowledged.size} decisions acknowledged, all of them in the ledger`);
    check(acknowledged.size > 50, "enough were made to mean something", acknowledged.size);
    await checkQuiet(page, "killed");
    await page.close();
    await server.kill();
  },

  async "stopped for a while, and finished"(context) {
    const few = path.join(scratch, "three.csv");
    writeFileSync(few, "id,screen_name,followers_count,friends_count,statuses_count\n1,anna,1,2,3\n2,ben,4,5,6\n3,carl,7,8,9\n");
    const file = ledger();
    const server = await review(few, file);
    const page = await open(context, server);
    const first = await who(page);
    server.child.kill("SIGSTOP");
    await page.keyboard.press("x");
    await until(async () => (await status(page)).includes("Waiting for botsieve"), "it says that it waits");
    await page.keyboard.press("s");
    await page.keyboard.press("s");
    check((await who(page)) === first, "the account stays until it is kept");
    server.child.kill("SIGCONT");
    await until(async () => (await status(page)).includes(`${first}: spam. Kept.`), "then it is kept, and said");
    check(stands(await events(file)).length === 1, "the keys pressed while it waited decided nothing");
    await press(page, "s");
    await press(page, "f");
    check((await page.locator("main").innerText()).includes("Nobody is left to decide"), "the queue is finished");
    await page.keyboard.press("x");
    await pause(150);
    check(stands(await events(file)).length === 3, "there is nobody to decide then");
    await press(page, "u");
    check((await page.locator("#progress-text").innerText()) === "2 of 3 decided, 1 left", "undo works from there");
    await page.keyboard.press("v");
    await page.waitForSelector(".entry");
    await page.keyboard.press("v");
    await page.waitForSelector("article");
    await page.keyboard.press("j");
    await until(async () => (await status(page)).includes("no other account"), "next says where there is none");
    await checkQuiet(page, "stopped");
    await page.close();
    await server.kill();
  },

  async "hostile text does nothing"(context) {
    const evil = [
      '<script>window.canary=1</script><img src=x onerror="window.canary=1">',
      '"><svg onload=window.canary=1>',
      "javascript:window.canary=1",
      '=HYPERLINK("http://evil.example","x")',
      "\u202egnp.exe \u2066x\u2069 \u200b\u0007\u001b[31m",
      "{{constructor.constructor('window.canary=1')()}}${window.canary=1}",
      `${"A\u0301\u0302\u0303\u0304".repeat(2000)}`,
      "x".repeat(10000),
      "a\nb\nc\n".repeat(400),
      "</textarea></style></script><base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    ];
    const cell = (text) => `"${text.replaceAll('"', '""')}"`;
    const rows = evil.map((text, at) => [at + 1, cell(text), cell(text), cell(text), cell(text), cell(at % 2 ? "javascript:window.canary=1" : `https://evil.example/${text.slice(0, 20)}`), at, 2000, 3, "2020-01-01T10:00:00Z", "2020-09-01"].join(","));
    const list = path.join(scratch, "hostile.csv");
    writeFileSync(list, `id,screen_name,name,description,location,url,followers_count,friends_count,statuses_count,created_at,observed_at\n${rows.join("\n")}\n`);
    const file = ledger();
    const server = await review(list, file, { more: ["--network", "x"] });
    const page = await open(context, server);
    for (let n = 0; n < evil.length; n += 1) {
      check(!(await page.locator("article a[href]").count()), "no hostile handle becomes a link");
      for (const more of await page.locator("button.more").all()) await more.click();
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the page", await who(page));
      const text = await page.locator("main").innerText();
      check(!/[\u202a-\u202e\u2066-\u2069\u200b\u0007\u001b]/.test(text), "nothing hidden or turned round is shown");
      await page.setViewportSize({ width: 400, height: 800 });
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nor at 400 px", await who(page));
      await page.setViewportSize({ width: 1280, height: 800 });
      await press(page, n === 3 ? "x" : "j").catch(() => {});
    }
    await page.keyboard.press("n");
    await page.locator("#ask-text").fill(evil[0]);
    await page.keyboard.press("Enter");
    await until(async () => (await page.locator(".past").innerText()).includes("<script>window.canary"), "a note is text too");
    await page.keyboard.press("v");
    await page.waitForSelector(".entry");
    check((await page.locator(".entry").count()) === evil.length - 1, "the list shows them");
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the list is not wider than the page");
    check((await page.evaluate(() => window.canary)) === undefined, "no canary");
    check((await page.locator("main script, main img, main svg, main base, main meta").count()) === 0, "no element was made of text");
    await checkQuiet(page, "hostile");
    console.log(`  ${page.seen.requests.length} requests, ${page.seen.foreign.length} of them to anywhere else`);
    await page.close();
    await server.kill();
  },

  async "fifty decisions by keyboard alone"(context) {
    const file = ledger();
    // From the list: the program is not running yet.
    const begin = Date.now();
    const server = await review(LIST, file);
    const page = await open(context, server);
    const ready = (Date.now() - begin) / 1000;
    await page.evaluate(() => {
      window.pointed = 0;
      for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => (window.pointed += 1), true);
    });
    let keys = 0;
    const key = async (name) => { keys += 1; await press(page, name); };
    let decided = 0;
    const wrong = 17;
    while (decided < 50) {
      await key("xsplf"[decided % 5]);
      decided += 1;
      if (decided === wrong && keys === wrong) {
        await key("u");
        decided -= 1;
      }
    }
    const seconds = (Date.now() - begin) / 1000;
    const kept = stands(await events(file));
    check(kept.length === 50, "fifty stand", kept.length);
    check(keys / 50 < 3, "under three keys an account", keys / 50);
    check((await page.evaluate(() => window.pointed)) === 0, "and no mouse");
    check(seconds < 60, "fifty decisions take no minute", seconds);
    console.log(`  from the list to the 50th decision, one undo among them: ${seconds.toFixed(1)} s, of which ${ready.toFixed(1)} s until the page is there; ${keys} keys, ${(keys / 50).toFixed(2)} an account, ${((1000 * (seconds - ready)) / keys).toFixed(0)} ms a key with the browser driven as fast as it answers`);
    // By Tab and Enter alone, for who has the single keys off.
    await page.keyboard.press("?");
    await page.locator("#keys-on").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("x");
    await pause(200);
    check(stands(await events(file)).length === 50, "single keys can be switched off");
    await page.locator("#who").focus();
    for (let n = 0; n < 40; n += 1) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement?.dataset?.do)) === "skip") break;
    }
    await page.keyboard.press("Enter");
    await until(async () => stands(await events(file)).at(-1).value === "skip" && stands(await events(file)).length === 51, "Tab and Enter decide");
    await checkQuiet(page, "keyboard");
    await page.close();
    await server.kill();
  },

  async "the help has the days of the policy"(context) {
    const policy = path.join(scratch, "policy.toml");
    writeFileSync(policy, "[look_again]\npending = 7\nspam = 1\n");
    const server = await review(LIST, ledger(), { more: ["--config", policy] });
    const page = await open(context, server);
    await page.keyboard.press("?");
    const text = await page.locator("#help").innerText();
    check(text.includes("cannot be told yet. Comes again in 7 days") && text.includes("Comes again in 1 day\n") && text.includes("leave it alone. Comes again in 180 days"), "days as the policy has them", text);
    await checkQuiet(page, "help");
    await page.close();
    await server.kill();
  },

  async "filter and queue"(context) {
    const file = ledger();
    const server = await review(LIST, file);
    const page = await open(context, server);
    await page.keyboard.press("/");
    await page.keyboard.type("PROMO");
    await page.keyboard.press("Enter");
    await until(async () => (await status(page)).includes("13 accounts pass"), "text is looked for");
    check((await who(page)).toLowerCase().includes("promo"), "and the first is shown");
    await press(page, "x");
    await page.keyboard.press("v");
    await page.waitForSelector(".entry");
    check((await page.locator(".entry").count()) === 12, "the list has who is left");
    await page.keyboard.press("ArrowDown");
    const row = await page.evaluate(() => document.activeElement.innerText);
    await page.keyboard.press("x");
    await pause(100);
    check(stands(await events(file)).length === 1, "nothing is decided from the list");
    await page.keyboard.press("Enter");
    await page.waitForSelector("article");
    check(row.includes(await who(page)), "Enter opens the account", row);
    const alike = page.locator(".alike button").first();
    const other = (await alike.innerText()).split(" ")[0];
    check((await page.locator(".alike .why").first().innerText()).length > 5, "it says why others look alike");
    await alike.click();
    await until(async () => other.startsWith(await who(page)), "each that looks alike can be opened");
    check((await page.locator("#profile").getAttribute("href")).startsWith("https://x.com/"), "the profile is linked");
    check((await page.locator("#profile").getAttribute("rel")) === "noopener noreferrer", "without saying from where");
    await page.keyboard.press("/");
    await page.locator("#filter-clear").click();
    await until(async () => (await status(page)).includes("301 accounts pass"), "the filter is cleared");
    await page.locator("#filter-band").selectOption("spam");
    await page.locator("#filter-show").selectOption("all");
    await page.locator("#filter-form button[type=submit]").click();
    await until(async () => (await status(page)).includes("36 accounts pass"), "by band");
    await checkQuiet(page, "filter");
    await page.close();
    await server.kill();
  },

  async "every view, in dark and light"(context) {
    const shots = process.argv.includes("--screenshots");
    if (shots) mkdirSync(SHOTS, { recursive: true });
    const few = path.join(scratch, "few.csv");
    writeFileSync(few, "id,screen_name,name,followers_count,friends_count,statuses_count,created_at,observed_at\n1,anna_berg,Anna Berg,120,300,4000,2012-03-04,2020-09-01\n2,ben_ode,Ben Ode,12,30,400,2014-03-04,2020-09-01\n");
    const nobody = path.join(scratch, "nobody.csv");
    writeFileSync(nobody, "id,screen_name,followers_count\n");
    const file = ledger();
    // Something decided some time ago, with a note and a tag.
    const PROMO = "Max_promo6175";
    await run("ledger", "decide", `@${PROMO}`, "pending", LIST, "--ledger", file, "--who", "ben", "--why", "wait and see what it posts", "--look-again", "2026-01-01");
    await run("ledger", "tag", `@${PROMO}`, "marketing", "--ledger", file, "--who", "ben");
    await run("ledger", "note", `@${PROMO}`, "wrote to us in May, asked for a share", "--ledger", file, "--who", "ben");
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 400]) {
        const server = await review(LIST, file);
        const page = await open(context, server);
        page.seen.expectErrors = true;
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 800 });
        const look = async (name, full = false) => {
          await pause(200);
          await accessible(page, `${name}, ${scheme}, ${width}`);
          check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits ${width}`);
          if (shots && (scheme === "light" || name === "account")) await page.screenshot({ path: path.join(SHOTS, `${name}-${width}${scheme === "dark" ? "-dark" : ""}.png`), fullPage: full });
        };
        await page.keyboard.press("/");
        await page.locator("#filter-text").fill(PROMO);
        await page.keyboard.press("Enter");
        await until(async () => (await who(page)) === `@${PROMO}`, "the account is found");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Escape");
        await until(async () => page.locator("#filter").isHidden(), "Escape closes the filter");
        await look("account");
        await page.keyboard.press("/");
        await look("filter");
        await page.locator("#filter-clear").click();
        await until(async () => (await status(page)).includes("accounts pass"), "cleared");
        await page.locator("#filter-button").click();
        await page.keyboard.press("v");
        await page.waitForSelector(".entry");
        await look("queue");
        await page.keyboard.press("?");
        await look("help");
        await page.keyboard.press("Escape");
        await page.keyboard.press("v");
        await page.waitForSelector("article");
        await page.keyboard.press("n");
        await look("note");
        await page.keyboard.press("Escape");
        await page.keyboard.press("w");
        await page.locator("#ask-line").fill("says the same to everybody who asks");
        await page.keyboard.press("Enter");
        await look("reason");
        await server.kill("SIGKILL");
        await page.keyboard.press("s");
        await until(async () => (await page.locator("#alert").innerText()).includes("NOT kept"), "the server is gone");
        await look("gone");
        await page.close();

        const short = await review(few, ledger());
        const finished = await open(context, short);
        finished.seen.expectErrors = true;
        await finished.emulateMedia({ colorScheme: scheme });
        await finished.setViewportSize({ width, height: 800 });
        await press(finished, "f");
        await press(finished, "s");
        await accessible(finished, `finished, ${scheme}, ${width}`);
        check((await finished.locator("main").innerText()).includes("Nobody is left to decide"), "the queue is finished");
        if (shots && scheme === "light") await finished.screenshot({ path: path.join(SHOTS, `finished-${width}.png`) });
        await finished.close();
        await short.kill();

        const none = await review(nobody, ledger());
        const empty = await open(context, none);
        await empty.emulateMedia({ colorScheme: scheme });
        await empty.setViewportSize({ width, height: 800 });
        await accessible(empty, `empty, ${scheme}, ${width}`);
        check((await empty.locator("main").innerText()).includes("Nobody is in this queue"), "the queue is empty");
        await checkQuiet(empty, "empty");
        await empty.close();
        await none.kill();
      }
    }
  },
};

const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
for (const [name, test] of Object.entries(tests)) {
  if (only.length && !only.some((word) => name.includes(word))) continue;
  console.log(name);
  const context = await browser();
  try {
    await test(context);
  } catch (error) {
    check(false, name, error.stack ?? String(error));
  }
  await context.close();
}
const { checks, failures } = result();
console.log(`${checks} checks, ${failures} failed`);
process.exit(failures ? 1 : 0);
