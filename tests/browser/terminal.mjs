// `botsieve review --terminal` in a terminal of tmux: what is on the screen, and what is in the ledger.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { BINARY, ROOT, check, events, folder, pause, result, run } from "./harness.mjs";

const SOCKET = `botsieve-${process.pid}`;
// A server of tmux each: one that was just ended may still hold its socket.
let round = 0;
const tmux = (...args) => execFileSync("tmux", ["-L", `${SOCKET}-${round}`, "-f", "/dev/null", ...args], { encoding: "utf8" });
const scratch = folder();
process.on("exit", () => { try { tmux("kill-server"); } catch { /* it is gone */ } });

let started = false;
const screen = () => tmux("capture-pane", "-p");

async function until(test, what, patience = 10000) {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    if (test(screen())) { check(true, what); return; }
    await pause(50);
  }
  check(false, what, screen());
}

async function keys(...all) {
  for (const key of all) {
    tmux("send-keys", ...(key.length > 1 && !/^(Enter|Escape|Left|Right|Up|Down|PPage|NPage|C-c|BSpace)$/.test(key) ? ["-l", key] : [key]));
    await pause(160);
  }
}

function start(list, ledger, { columns = 80, rows = 24, who = "anna" } = {}) {
  if (started) tmux("kill-server");
  round += 1;
  started = true;
  const quoted = [BINARY, "review", list, "--ledger", ledger, "--who", who, "--terminal"].map((word) => `'${word}'`).join(" ");
  tmux("new-session", "-d", "-x", String(columns), "-y", String(rows), "-c", ROOT, `sh -c "echo BEFORE; ${quoted}; echo ENDED \\$?; stty -a | grep -o ' icanon'; sleep 60"`);
}

const stands = (all) => all.filter((event) => event.kind === "decide" && !event.undone_at).map((event) => event.value);

console.log("decide, undo, filter, note, help, end");
const ledger = path.join(scratch, "one.ledger");
start("data/followers.csv", ledger);
await until((text) => text.includes("@karimmansour") && text.includes("0 of 302 decided, 302 left"), "the first account is shown");
check(screen().split("\n").length <= 25 && screen().split("\n").every((line) => [...line].length <= 80), "it fits 80 x 24");
check(screen().includes("f follow back  l list  p pending  s skip  x spam  u undo  j next  ? help  q end"), "the keys are on the screen");
await keys("f", "l", "p", "s", "x");
await until((text) => text.includes("5 of 302 decided, 297 left") && text.includes("spam. Kept."), "five decisions are counted and told");
check(stands(await events(ledger)).join() === "follow-back,list,pending,skip,spam", "and in the ledger");
await keys("u");
await until((text) => text.includes("spam was taken back") && text.includes("4 of 302"), "undo");
check(stands(await events(ledger)).length === 4, "in the ledger too");
await keys("/", "promo", "Enter");
await until((text) => text.includes('13 left to decide with "promo"'), "text is looked for");
await keys("n", "x s u q", "Enter");
await until((text) => text.includes("note by anna") && text.includes("x s u q"), "a note is kept, its letters are no keys");
await keys("t", "press", "Enter");
await until((text) => text.includes("tags: press"), "a tag");
await keys("w", "says the same to all", "Enter");
await until((text) => text.includes("Because: says the same to all"), "a reason waits for the decision");
const reasoned = stands(await events(ledger)).length;
await keys("x");
await until((text) => text.includes("spam. Kept."), "and goes with it");
check((await events(ledger)).at(-1).why === "says the same to all", "into the ledger", (await events(ledger)).at(-1));
await keys("u");
await until((text) => text.includes("was taken back"), "and back");
check(stands(await events(ledger)).length === reasoned, "as it was");
await keys("?");
await until((text) => text.includes("pending: cannot be told yet; again in 30 days"), "the help has the days of the policy");
await until((text) => text.includes("undo: takes your newest change back"), "help");
await keys("j");
await until((text) => text.includes("promo"), "any key closes it");
// Held down, and pasted.
for (let n = 0; n < 12; n += 1) tmux("send-keys", "s");
await pause(500);
const held = stands(await events(ledger)).length;
check(held <= 6, "a key that is held down is no row of decisions", held);
tmux("set-buffer", "xxxxspam");
tmux("paste-buffer", "-p");
await pause(500);
check(stands(await events(ledger)).length === held, "what is pasted decides nothing");
// Somebody else, at the same time.
await keys("/", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "Enter");
await until((text) => text.includes("left to decide."), "everybody left");
const here = screen().match(/@\w+/)[0];
await run("ledger", "decide", here, "spam", "data/followers.csv", "--ledger", ledger, "--who", "ben");
await until((text) => text.includes("Changed while you looked") && text.includes("decided by ben: spam"), "what another decides is told");
await keys("q");
await until((text) => text.includes("ENDED 0") && text.includes("BEFORE") && text.includes("icanon"), "it ends and puts the terminal back");
check(/decisions? made here; everything\s+is in/.test(screen()), "and says where everything is", screen());

console.log("hostile text, Ctrl-C, a small terminal");
const list = path.join(scratch, "hostile.csv");
const cell = (text) => `"${text.replaceAll('"', '""')}"`;
const evil = "\u001b[2J\u001b]0;owned\u0007\u202eabc\u009b31m\nsecond";
writeFileSync(list, `id,screen_name,name,description,location\n1,${cell(evil)},${cell(evil)},${cell(evil + "Z\u0301\u0302\u0303".repeat(500))},${cell("漢".repeat(300))}\n`);
start(list, path.join(scratch, "two.ledger"), { columns: 40, rows: 12 });
await until((text) => text.includes("\\u{1b}[2J"), "escapes are written out");
check(!/[\u001b\u202e\u009b\u0007]/.test(screen()), "and nothing of them is left");
check(tmux("display-message", "-p", "#{pane_title}").trim() !== "owned", "the title is as it was");
await keys("PPage", "NPage", "NPage", "Up");
check(screen().split("\n").every((line) => [...line].length <= 40), "no line is wider than the terminal");
await keys("C-c");
await until((text) => text.includes("ENDED 0"), "Ctrl-C ends it");

const { checks, failures } = result();
console.log(`${checks} checks, ${failures} failed`);
process.exit(failures ? 1 : 0);
