// The page: what is shown, what the keys do, what becomes of a decision.

import { $, h, theirs } from "./dom.js";
import { Gone, Refusal, ask, enter, onToken, wantToken } from "./server.js";
import { renderAccount, standing, verdict } from "./account.js";
import { PAGE, moveFocus, renderList } from "./list.js";
import { askFor, help, isOpen } from "./dialogs.js";

const client = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
const PULSE = 2000;

let info = null; // what the list is
let account = null; // the one that is shown
let view = "account"; // or "list"
let page = null; // the part of the list that is shown
let filter = { show: "left", band: null, kind: null, text: "" };
let revision = 0;
let busy = false;
let gone = null; // { tried }: botsieve does not answer
let stranger = false; // botsieve was started again, and we have not its token
let because = null; // { row, text }: the reason for what is decided next of this account
const made = []; // numbers of the changes of this tab, the newest last

// What is said

function say(...parts) {
  put($("status"), parts);
}

function alarm(kind, ...parts) {
  $("alert").className = kind;
  put($("alert"), parts);
}

/** What stands there already is not said again: a screen reader would read it aloud each time. */
function put(place, parts) {
  const fresh = h("div", {}, parts);
  if (fresh.textContent !== place.textContent || fresh.querySelector("a")) place.replaceChildren(...fresh.childNodes);
}

function calm() {
  if (!gone && !stranger) alarm("");
}

function progress(now) {
  const number = (n) => n.toLocaleString("en");
  const due = now.due ? `, ${number(now.due)} of them due again` : "";
  $("progress-text").textContent = `${number(now.decided)} of ${number(now.of)} decided, ${number(now.left)} left${due}`;
  $("progress").max = Math.max(1, now.of);
  $("progress").value = now.decided;
  info.progress = now;
}

const isFiltered = () => filter.show !== "left" || filter.band !== null || filter.kind !== null || filter.text !== "";

// What is shown

function show(next, { focus = true } = {}) {
  account = next;
  if (because && because.row !== account?.row) because = null;
  showBecause();
  view = "account";
  page = null;
  buttons();
  const main = $("main");
  if (!account) {
    main.replaceChildren(nobody());
  } else {
    main.replaceChildren(
      renderAccount(account, {
        total: info.progress.of + info.progress.nameless,
        open: (row) => openRow(row),
        untag: (kind, name) => change(kind === "tag" ? { untag: name } : { takeoff: name }),
        lift: () => change({ mark: "lift" }),
      }),
    );
  }
  document.title = `${account ? account.called : "nobody left"} – botsieve review`;
  if (focus) {
    window.scrollTo(0, 0);
    ($("who") ?? $("main")).focus({ preventScroll: true });
  }
}

function showBecause() {
  $("because").hidden = !because || view !== "account";
  $("because").replaceChildren(...(because ? [h("b", {}, "Because: "), theirs(because.text), h("span", { class: "quiet" }, " (kept with your decision) "), h("button", { type: "button", class: "small", onclick: () => { because = null; showBecause(); } }, "drop it")] : []));
}

/** Who is due and no longer on the list: there is nothing to look at, but it is told. */
function goneFromList() {
  if (!info.gone.length) return null;
  const more = info.gone_more ? `, and ${info.gone_more.toLocaleString("en")} more` : "";
  return h("p", { class: "gone" }, h("b", {}, "Due and gone from the list: "), theirs(info.gone.join(", ")), `${more}.`);
}

function nobody() {
  if (!info.progress.of && !info.progress.nameless) {
    const out = info.left_out.map(([why, count]) => `${count} ${why}`).join(", ");
    return h("section", { class: "nobody" }, h("h2", { id: "who", tabindex: "-1" }, "Nobody is in this queue"), h("p", {}, out ? `Left out: ${out}.` : "The list has no accounts."), goneFromList());
  }
  if (isFiltered()) {
    return h("section", { class: "nobody" }, h("h2", { id: "who", tabindex: "-1" }, "Nobody is like this"), h("p", {}, "No account of the queue passes the filter."), h("p", {}, h("button", { type: "button", onclick: clearFilter }, "Clear the filter")));
  }
  return h(
    "section",
    { class: "nobody" },
    h("h2", { id: "who", tabindex: "-1" }, "Nobody is left to decide"),
    h("p", {}, `All ${info.progress.of.toLocaleString("en")} are decided. Everything is in ${info.ledger}.`),
    goneFromList(),
    h("p", {}, h("button", { type: "button", onclick: () => setFilter({ ...filter, show: "decided" }) }, "Show who is decided"), " ", h("button", { type: "button", onclick: () => act("undo") }, "Undo ", h("kbd", {}, "u"))),
    h("p", { class: "quiet" }, "Follow back by hand those whom you want to. botsieve ledger due tells in some months whom to look at again."),
  );
}

function buttons() {
  const can = view === "account" && account && !gone && !stranger;
  const decidable = can && account.stand !== "nobody";
  for (const button of document.querySelectorAll("#footer button")) {
    const what = button.dataset.do;
    const on = what === "undo" ? !gone && !stranger : ["next", "previous"].includes(what) ? can : decidable;
    button.setAttribute("aria-disabled", String(!on));
  }
  $("footer").hidden = false;
  document.body.classList.toggle("queue", view === "list");
  $("view-button").replaceChildren(view === "list" ? "One account " : "Queue ", h("kbd", {}, "v"));
}

async function showList(where, { focus = true } = {}) {
  const answer = await ask("list", { filter, most: PAGE, ...where });
  progress(answer.progress);
  view = "list";
  page = answer;
  buttons();
  showBecause();
  document.title = "Queue – botsieve review";
  if (!answer.total) {
    show(null, { focus });
    return;
  }
  $("main").replaceChildren(renderList(answer, account?.row, { above: goneFromList(), open: (row) => openRow(row), turn: (from) => guarded(() => showList({ from })) }));
  if (focus) {
    window.scrollTo(0, 0);
    (document.querySelector(".entry[aria-current]") ?? $("list-title")).focus();
  }
}

async function openRow(row) {
  await guarded(async () => {
    const answer = await ask("account", { row });
    progress(answer.progress);
    calm();
    show(answer.account);
  });
}

async function step(direction, row = account?.row ?? null) {
  await guarded(async () => {
    const answer = await ask("step", { filter, row, step: direction });
    progress(answer.progress);
    calm();
    if (!answer.account && account && row !== null && direction) {
      say("There is no other account here.");
      return;
    }
    show(answer.account);
    if (answer.round) say(direction === "next" ? "Past the end: from the beginning again." : "Past the beginning: from the end.");
  });
}

// Questions to botsieve, one at a time

async function guarded(work, tried = null) {
  if (busy) return;
  busy = true;
  document.body.classList.add("busy");
  const slow = setTimeout(() => say("Waiting for botsieve …"), 700);
  try {
    await work();
  } catch (error) {
    failed(error, tried);
  } finally {
    clearTimeout(slow);
    busy = false;
    document.body.classList.remove("busy");
  }
}

function failed(error, tried) {
  if (error instanceof Gone) {
    gone = { tried: tried ?? gone?.tried ?? null };
    tellGone();
  } else if (error instanceof Refusal && error.code === "token") {
    stranger = true;
    if (tried) gone = { tried };
    wantToken();
    alarm("loud", h("h2", {}, tried ? `NOT kept: ${tried.words}` : "botsieve was started again"), h("p", {}, tried ? "Nothing was written. " : "", error.message, ". This page then goes on by itself."));
    say(tried ? "Your decision was NOT kept." : "");
  } else if (error instanceof Refusal) {
    alarm("loud", h("h2", {}, tried ? `NOT kept: ${tried.words}` : "That did not work"), h("p", {}, error.message));
    say(tried ? "Your decision was NOT kept." : "");
  } else {
    throw error;
  }
  if (info) buttons();
}

function tellGone() {
  const { tried } = gone;
  alarm(
    "loud",
    h("h2", {}, tried ? `NOT kept: ${tried.words}` : "botsieve does not answer"),
    h("p", {}, tried ? "botsieve does not answer. Do not count on this decision: it is not known to be in the ledger. " : "Nothing can be decided. ", "Is it still running in its terminal? This page tries again every two seconds, keeps the account where it is, and goes on when botsieve is back."),
  );
  say(tried ? "Your decision was NOT kept." : "botsieve does not answer.");
}

/** botsieve answers again: what was tried is looked up. */
async function back() {
  const tried = gone?.tried ?? null;
  info = await ask("start");
  fillFilter();
  revision = info.revision;
  gone = null;
  stranger = false;
  alarm("");
  progress(info.progress);
  const row = tried?.row ?? account?.row ?? null;
  let found = null;
  if (row !== null) {
    try {
      found = (await ask("account", { row })).account;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  if (view === "list") await showList({ around: account?.row ?? null }, { focus: false });
  else if (found) show(found, { focus: false });
  else show((await ask("step", { filter, row: null, step: "next" })).account);
  buttons();
  const kept = tried && found && String(found.past.version) !== String(tried.seen);
  if (tried && kept) say(`botsieve answers again. ${tried.words}: this did reach the ledger. Now: ${standing(found) || "undecided"}.`);
  else if (tried) say(`botsieve answers again. ${tried.words} was not kept: decide once more.`);
  else say("botsieve answers again.");
}

let pulsing = false;

async function pulse() {
  if (document.visibilityState === "hidden" || busy || pulsing || !info) return;
  pulsing = true;
  try {
    if (gone || stranger) {
      await back();
      return;
    }
    const answer = await ask("pulse", { since: revision }, 5000);
    progress(answer.progress);
    const others = (answer.news ?? []).filter((news) => news.client !== client);
    const before = revision;
    revision = answer.revision;
    if (busy || before === revision) return;
    if (answer.news === null || others.some((news) => news.row === account?.row)) await another();
    else if (others.length) {
      const last = others.at(-1);
      say(theirs(last.who), ` was ${last.now}${others.length > 1 ? `, and ${others.length - 1} more changed` : ""}.`);
    }
    if (others.length && view === "list" && !busy) await showList({ from: page.from }, { focus: false });
  } catch (error) {
    failed(error, null);
  } finally {
    pulsing = false;
  }
}

/** The account that is shown was changed by another person, or in another tab. */
async function another() {
  const row = account?.row;
  if (row === undefined || view !== "account") return;
  const answer = await ask("account", { row });
  if (busy || account?.row !== row || String(answer.account.past.version) === String(account.past.version)) return;
  show(answer.account, { focus: false });
  alarm("notice", h("p", {}, h("b", {}, "Changed while you looked: "), theirs(account.called), " is now: ", theirs(standing(account) || "undecided"), ". Decide otherwise, or ", h("kbd", {}, "j"), " goes on."));
}

// Changes

async function change(what, { words = null, seen = account?.past.version } = {}) {
  if (!account || view !== "account") return;
  if (account.stand === "nobody") {
    alarm("notice", h("p", {}, "This row has neither id nor handle: there is nothing to remember a decision by. ", h("kbd", {}, "j"), " goes on."));
    return;
  }
  const [kind, value] = Object.entries(what)[0];
  const told = words ?? `${value} for ${account.called}`;
  const tried = { words: `${told}`, row: account.row, seen };
  const goesOn = kind === "decide" || (kind === "mark" && value !== "lift");
  const why = goesOn && because?.row === account.row ? because.text : "";
  await guarded(async () => {
    const answer = await ask("change", { row: account.row, change: what, why, seen, client, filter });
    progress(answer.progress);
    const was = answer.account;
    if (!answer.kept) {
      show(answer.account);
      alarm("loud", h("h2", {}, "Another was quicker"), h("p", {}, theirs(was.called), " is now: ", h("b", {}, theirs(standing(was) || "undecided")), ". Yours was NOT written. Decide once more if you still mean it, or ", h("kbd", {}, "j"), " goes on."));
      say("Your decision was NOT kept: another was quicker.");
      return;
    }
    if (answer.number !== null) made.push(answer.number);
    calm();
    if (goesOn) because = null;
    if (goesOn) show(answer.next);
    else show(answer.account, { focus: false });
    const parts = [theirs(was.called), `: ${told.replace(` for ${was.called}`, "")}. Kept. `];
    if (kind === "decide" && value === "follow-back" && was.link) parts.push(h("a", { href: was.link.url, target: "_blank", rel: "noopener noreferrer" }, `Do it on ${was.link.site}`), ". ");
    if (goesOn && answer.round && answer.next) parts.push("From the beginning again. ");
    parts.push(`${answer.progress.left.toLocaleString("en")} left.`);
    say(...parts);
  }, tried);
}

async function undo() {
  await guarded(async () => {
    const number = made.at(-1) ?? null;
    let answer;
    try {
      answer = await ask("undo", { number, client });
      made.pop();
    } catch (error) {
      // Another took it back: the next undo goes on behind it.
      if (error instanceof Refusal && error.code === "refused") made.pop();
      throw error;
    }
    progress(answer.progress);
    calm();
    show(answer.account);
    say(theirs(answer.account.called), `: ${answer.told} was taken back. Now ${standing(answer.account) || "undecided"}.`);
  });
}

async function askAndChange(kind) {
  if (!account || account.stand === "nobody" || view !== "account") return;
  const { called, past } = account;
  const questions = {
    tag: { title: { lead: "A tag for ", called }, what: "Tag", words: false, now: past.tags },
    put: { title: { lead: "Put on a list of yours: ", called }, what: "Name of the list", words: false, now: past.lists },
    note: { title: { lead: "A note on ", called }, what: "Note", words: true },
    why: { title: { lead: "Why? Kept with your next decision on ", called }, what: "Reason", words: false },
  };
  const of = account.row;
  const seen = past.version;
  const value = await askFor(questions[kind]);
  if (value === null || account?.row !== of) return;
  if (kind === "why") {
    because = { row: of, text: value };
    showBecause();
    say("The reason is kept with what you decide next of ", theirs(called), ".");
    return;
  }
  await change({ [kind]: value }, { seen, words: { tag: `tag ${value}`, put: `put on the list ${value}`, note: "note" }[kind] });
}

// What the keys and buttons do

const DECISIONS = ["follow-back", "list", "pending", "skip", "spam"];

function act(what) {
  if (DECISIONS.includes(what)) change({ decide: what }, { words: `${verdict(what)} for ${account?.called}` });
  else if (what === "keep" || what === "never") change({ mark: what }, { words: `on the ${what} list for ${account?.called}` });
  else if (what === "next" || what === "previous") step(what);
  else if (what === "undo") undo();
  else if (["tag", "note", "put", "why"].includes(what)) askAndChange(what);
}

const KEYS = {
  f: "follow-back", l: "list", p: "pending", s: "skip", x: "spam", u: "undo", j: "next", k: "previous",
  ArrowRight: "next", ArrowLeft: "previous", t: "tag", n: "note", m: "put", w: "why", "+": "keep", "-": "never",
};

function toggleView() {
  if (!info) return;
  if (view === "list") {
    if (account) openRow(account.row);
    else step("next", null);
  } else guarded(() => showList({ around: account?.row ?? null }));
}

function openFilter(open = $("filter").hidden) {
  $("filter").hidden = !open;
  $("filter-button").setAttribute("aria-expanded", String(open));
  if (open) {
    $("filter-text").focus();
    $("filter-text").select();
  } else ($("who") ?? $("main")).focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const inField = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && !isOpen() && !$("filter").hidden) {
    openFilter(false);
    return;
  }
  if (isOpen() || inField || !info || !$("keys-on").checked) return;
  // A key that is held down is one decision, not many.
  if (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (view === "list") {
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (by) {
      event.preventDefault();
      if (!moveFocus(by)) $(by > 0 ? "turn-on" : "turn-back").focus();
      return;
    }
    if (KEYS[key]) {
      if (DECISIONS.includes(KEYS[key])) say("Open the account first: Enter.");
      return;
    }
  }
  if (key === "?") help(about());
  else if (key === "/") openFilter(true);
  else if (key === "v") toggleView();
  else if (key === "o") {
    if (view === "account") $("profile")?.click();
  } else if (KEYS[key]) act(KEYS[key]);
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("#footer button")) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act(button.dataset.do);
  });
}
$("view-button").addEventListener("click", toggleView);
$("help-button").addEventListener("click", () => help(about()));
$("filter-button").addEventListener("click", () => openFilter());

function about() {
  if (!info) return "";
  for (const place of document.querySelectorAll("#help [data-days]")) {
    const days = info.look_again[place.dataset.days];
    place.textContent = `${days.toLocaleString("en")} ${days === 1 ? "day" : "days"}`;
  }
  const share = Math.round(info.prevalence * 100);
  return `You are ${info.who}. Ledger: ${info.ledger}. Model ${info.model}, p_bot meant at ${share} % bots. botsieve ${info.version}.`;
}

// The filter

function fillFilter() {
  const option = (value, text) => h("option", { value }, text);
  $("filter-band").replaceChildren(option("", "any"), ...info.bands.map(({ name, count }) => option(name, `${name} (${count.toLocaleString("en")})`)));
  $("filter-kind").replaceChildren(option("", "any"), ...info.kinds.filter(({ count }) => count).map(({ name, count }) => option(name, `${name} (${count.toLocaleString("en")})`)), option("none", "none"));
  $("filter-band").value = filter.band ?? "";
  $("filter-kind").value = filter.kind ?? "";
}

async function setFilter(next) {
  const before = filter;
  filter = next;
  $("filter-text").value = filter.text;
  $("filter-show").value = filter.show;
  $("filter-band").value = filter.band ?? "";
  $("filter-kind").value = filter.kind ?? "";
  $("filter-button").classList.toggle("on", isFiltered());
  await guarded(async () => {
    try {
      if (view === "list") await showList({ from: 0 });
      else {
        const answer = await ask("step", { filter, row: null, step: "next" });
        progress(answer.progress);
        calm();
        show(answer.account);
        say(`${answer.total.toLocaleString("en")} ${answer.total === 1 ? "account passes" : "accounts pass"} the filter.`);
      }
    } catch (error) {
      filter = before;
      throw error;
    }
  });
}

const clearFilter = () => setFilter({ show: "left", band: null, kind: null, text: "" });

$("filter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setFilter({ show: $("filter-show").value, band: $("filter-band").value || null, kind: $("filter-kind").value || null, text: $("filter-text").value.trim() });
});
$("filter-clear").addEventListener("click", clearFilter);

// The beginning

let beginning = false;

async function begin() {
  if (beginning) return;
  beginning = true;
  try {
    await enter();
    info = await ask("start");
    revision = info.revision;
    stranger = false;
    gone = null;
    filter = { ...filter, show: info.show };
    $("filter-show").value = filter.show;
    $("filter-button").classList.toggle("on", isFiltered());
    $("title").replaceChildren(theirs(info.title));
    fillFilter();
    progress(info.progress);
    const answer = await ask("step", { filter, row: account?.row ?? null, step: "next" });
    alarm("");
    show(answer.account);
    say(`You are ${info.who}. Press ? for the keys.`);
  } catch (error) {
    if (error instanceof Gone) alarm("loud", h("h2", {}, "botsieve does not answer"), h("p", {}, "Start it again: botsieve review FOLLOWERS"));
    else if (error instanceof Refusal) alarm("loud", h("h2", {}, "This page may not ask"), h("p", {}, error.message, "."));
    else throw error;
    $("main").replaceChildren();
  } finally {
    beginning = false;
  }
}

onToken(() => (info || beginning ? pulse() : begin()));
// The address of a new start may be opened in the same tab.
addEventListener("hashchange", async () => {
  if (/#(token|once)=/.test(location.hash)) {
    try {
      await enter();
    } catch (error) {
      failed(error, null);
    }
    if (!info) await begin();
  }
});
document.addEventListener("visibilitychange", pulse);
setInterval(pulse, PULSE);
begin();
