// The pages of `botsieve report` and `evaluate --report` in a real browser: they ask for nothing, fit on a narrow
// screen, no text of a plot is cut off or stands on another, axe-core has nothing serious to say, and hostile texts
// stay texts. Needs harness.mjs and package.json beside it.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ROOT, accessible, browser, check, folder, result, run } from "./harness.mjs";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const work = folder();

const hostile = path.join(work, "hostile.csv");
const texts = ["<script>document.title='run'</script>", "\"\"><img src=x onerror=document.title='run'>", "javascript:alert(1)", "</title></svg><h1>x", "a\u202egpj\u200b", "x".repeat(10000)];
const rows = texts.flatMap((text, at) => Array.from({ length: 8 }, (_, copy) =>
  `${at}${copy},"${text}${at}000${copy}","${text} and twenty characters more","${text}",10,2000,3,2020-01-01T10:00:00Z,2020-09-01`));
writeFileSync(hostile, `id,screen_name,description,lang,followers_count,friends_count,statuses_count,created_at,observed_at\n${rows.join("\n")}\n`);

const pages = [
  ["followers", ["report", "data/followers.csv"]],
  ["hostile", ["report", hostile, "--following", hostile, "--brand", texts[0]]],
  ["model", ["evaluate", "data/labelled.csv", "--label", "label", "--replicates", "20", "-q", "--report"]],
];

// Lists of real accounts, where they are: with what no made-up list has. Nothing of them is kept.
const real = path.join(ROOT, "../shared/datasets");
const mastodon = path.join(real, "mastodon-followers-univrennes/followers_min.2026-07-13.csv");
if (existsSync(mastodon)) {
  pages.push(
    ["mastodon", ["report", mastodon, "--observed-at", "2026-07-13", "--previous", mastodon.replace("2026-07-13", "2025-01-18"), "--previous-observed-at", "2025-01-18"]],
    ["kaggle", ["report", path.join(real, "kaggle-twitter-bots-37k/profiles_with_id_test.csv.gz")]],
    ["bought", ["report", path.join(real, "cresci-2017/fake_followers.users.csv.gz"), "--observed-at", "2013-06-11"]],
  );
} else console.log("!!! SKIPPED: reports on real accounts. ../shared/datasets is not here.");

/** Texts of plots that leave their plot, or stand on one another. */
function crowded() {
  const found = [];
  for (const plot of document.querySelectorAll("svg.plot")) {
    const frame = plot.getBoundingClientRect();
    const boxes = [...plot.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [text, box] of boxes) {
      if (box.left < frame.left - 12 || box.right > frame.right + 12) found.push(`${text} leaves ${plot.querySelector("title").textContent}`);
    }
    for (let i = 0; i < boxes.length; i += 1) for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, b] = [boxes[i][1], boxes[j][1]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 4) found.push(`${boxes[i][0]} on ${boxes[j][0]}`);
    }
  }
  return found;
}

const context = await browser();
for (const [name, args] of pages) {
  const file = path.join(work, `${name}.html`);
  const { code } = await run(...args, ...(name === "model" ? [file] : ["-q", "-o", file]));
  check(code === 0, `${name}: is written`, String(code));
  for (const width of [400, 1280]) for (const colorScheme of ["light", "dark"]) {
    const where = `${name} ${width} ${colorScheme}`;
    const page = await context.newPage();
    const asked = [], said = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => said.push(message.text()));
    page.on("dialog", (dialog) => { said.push("dialog"); dialog.dismiss(); });
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    check(asked.length === 1, `${where}: asks for nothing but itself`, asked);
    check(said.length === 0, `${where}: nothing on the console`, said);
    check((await page.title()) !== "run", `${where}: no script of a stranger runs`);
    check((await page.locator("h1").count()) === 1 && (await page.locator("img, script, iframe, form").count()) === 0, `${where}: no element of a stranger`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(over <= 0, `${where}: fits`, String(over));
    const bad = await page.evaluate(crowded);
    check(bad.length === 0, `${where}: texts of plots stand apart and inside`, bad.slice(0, 5));
    // On paper: dark on white whatever the screen is, and it does print.
    await page.emulateMedia({ colorScheme, media: "print" });
    const paper = await page.evaluate(() => {
      const seen = getComputedStyle(document.body);
      return { ink: seen.color, paper: getComputedStyle(document.documentElement).backgroundColor, over: document.documentElement.scrollWidth - document.documentElement.clientWidth };
    });
    check(paper.ink === "rgb(0, 0, 0)" && ["rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"].includes(paper.paper), `${where}: prints black on white`, paper);
    if (width === 1280) check((await page.pdf({ format: "A4" })).length > 10_000, `${where}: prints`);
    await page.emulateMedia({ colorScheme, media: "screen" });
    // Through the debugger, because the policy of the page allows no script.
    await page.evaluate(AXE);
    await accessible(page, where);
    await page.close();
  }
  console.log(name);
}
await context.close();
const { checks, failures } = result();
console.log(`${checks} checks, ${failures} failed`);
process.exit(failures ? 1 : 0);
