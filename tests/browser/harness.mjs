// Starts the program and a browser, and says what holds.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const BINARY = process.env.BOTSIEVE ?? path.join(ROOT, "target/debug/botsieve");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

process.setMaxListeners(50);
const children = new Set();
let failures = 0;
let checks = 0;

export function check(holds, what, found = "") {
  checks += 1;
  if (holds) return;
  failures += 1;
  console.error(`FAILED: ${what}${found === "" ? "" : `: ${typeof found === "string" ? found : JSON.stringify(found)}`}`);
}

export const result = () => ({ checks, failures });

export function folder() {
  const made = mkdtempSync(path.join(tmpdir(), "botsieve-browser-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
}

process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** Starts `botsieve review` and waits for its address. */
export async function review(list, ledger, { who = "anna", port = 0, more = [] } = {}) {
  const args = ["review", list, "--ledger", ledger, "--no-open", "--who", who, "--port", String(port), ...more];
  for (let attempt = 0; ; attempt += 1) {
    const child = spawn(BINARY, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    let err = "";
    child.stderr.on("data", (bytes) => (err += bytes));
    const ended = new Promise((done) => child.on("exit", (code, signal) => { children.delete(child); done({ code, signal }); }));
    const url = await new Promise((done) => {
      let out = "";
      child.stdout.on("data", (bytes) => {
        out += bytes;
        if (out.includes("\n")) done(out.trim());
      });
      ended.then(() => done(null));
    });
    if (url) return { url, child, port: Number(new URL(url).port), origin: new URL(url).origin, err: () => err, ended, kill: async (signal = "SIGKILL") => { child.kill(signal); return ended; } };
    // The port of a killed server may stay taken for a moment.
    if (attempt > 20) throw new Error(`it does not start: ${err}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Runs the program to its end. */
export async function run(...args) {
  const child = spawn(BINARY, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout.on("data", (bytes) => (out += bytes));
  const code = await new Promise((done) => child.on("close", done));
  return { code, out };
}

/** The decisions that stand in a ledger, by change number, as `ledger export` has them. */
export async function events(ledger) {
  const { code, out } = await run("ledger", "export", "--ledger", ledger);
  if (code !== 0) return [];
  const [header, ...rows] = out.trim().split("\n").map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at]])));
}

export async function browser() {
  const profile = folder();
  return chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1280, height: 800 },
  });
}

/** A page that is watched: what it asks for, what its policy refuses, dialogs and errors. */
export async function open(context, server, { expectErrors = false } = {}) {
  const page = await context.newPage();
  const seen = { requests: [], foreign: [], console: [], dialogs: 0, errors: [], expectErrors };
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on("request", (request) => {
    seen.requests.push(request.url());
    if (!request.url().startsWith(`${server.origin}/`)) seen.foreign.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.console.push(message.text());
  });
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  await page.goto(server.url);
  await page.waitForSelector("#who");
  page.seen = seen;
  return page;
}

/** Nothing happened on a page that must not. */
export async function checkQuiet(page, where) {
  const { seen } = page;
  check(seen.foreign.length === 0, `${where}: no request to anywhere else`, seen.foreign);
  check(seen.dialogs === 0, `${where}: no dialog of the browser`);
  check(seen.errors.length === 0, `${where}: no error of the script`, seen.errors);
  const violations = await page.evaluate(() => window.violations);
  check(violations.length === 0, `${where}: no violation of the policy`, violations);
  if (!seen.expectErrors) check(seen.console.length === 0, `${where}: nothing on the console`, seen.console);
}

/** No serious or critical fault by axe-core. */
export async function accessible(page, where) {
  // Transitions have no say in what the contrast is.
  const { violations, passes } = await page.evaluate(async (source) => {
    if (!window.axe) (0, eval)(source);
    return window.axe.run(document, { resultTypes: ["violations"] });
  }, AXE);
  const bad = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  check(passes.length > 5, `${where}: axe-core looked`);
  check(bad.length === 0, `${where}: accessible`, bad.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`));
  return violations.length;
}

export const who = (page) => page.locator("#who .handle").innerText();
export const status = (page) => page.locator("#status").innerText();
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until something is true of the page. */
export async function until(test, what, patience = 8000) {
  const end = Date.now() + patience;
  let found;
  while (Date.now() < end) {
    found = await test().catch((error) => String(error));
    if (found === true) { check(true, what); return true; }
    await pause(20);
  }
  check(false, what, String(found));
  return false;
}
