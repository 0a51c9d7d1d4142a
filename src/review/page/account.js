// One account.

import { h, longText, percent, theirs, when } from "./dom.js";

const VERDICTS = { "follow-back": "follow back", list: "list", pending: "pending", skip: "skip", spam: "spam" };

export const verdict = (name) => VERDICTS[name] ?? name;

/** What stands of an account, in words; empty where nothing does. */
export function standing(account) {
  const { decision, mark } = account.past;
  const parts = [];
  if (mark) {
    const until = mark.until ? ` until ${mark.until}` : "";
    parts.push(`on the ${mark.list} list${until}, by ${mark.by} ${when(mark.at, mark.day)}`);
  }
  if (decision) {
    parts.push(`${verdict(decision.verdict)}, by ${decision.by} ${when(decision.at, decision.day)}`);
  }
  return parts.join("; ");
}

export function renderAccount(account, { total, open, untag, lift }) {
  const heading = h("h2", { id: "who", tabindex: "-1" }, theirs(account.called, "bdi", { class: "handle" }));
  if (account.name) heading.append(" ", theirs(account.name, "bdi", { class: "name" }));
  const band = h("span", { class: `band ${account.band}` }, account.band);
  const score = account.damage
    ? h("p", { class: "score" }, h("b", {}, "This row could not be read: "), theirs(account.damage))
    : h("p", { class: "score" }, band, account.p_bot === null ? " " : h("span", {}, " p_bot ", h("b", {}, percent(account.p_bot))), h("span", { class: "meaning" }, ` ${account.meaning}`));
  const link = account.link
    ? h("a", { id: "profile", href: account.link.url, target: "_blank", rel: "noopener noreferrer", "aria-keyshortcuts": "o" }, `Open the profile on ${account.link.site} `, h("kbd", {}, "o"), h("span", { class: "unseen" }, " (new tab)"))
    : h("span", { class: "quiet" }, account.no_link);
  return h(
    "article",
    { "aria-labelledby": "who" },
    h("div", { class: "head" }, heading, h("p", { class: "place" }, `${account.place.toLocaleString("en")} of ${total.toLocaleString("en")} in the queue`)),
    score,
    account.engagement ? h("p", { class: "engagement" }, h("b", {}, "Engages with you: "), theirs(account.engagement)) : null,
    past(account, untag, lift),
    account.bio === null ? h("p", { class: "quiet bio" }, "The file has no bio.") : account.bio === "" ? h("p", { class: "quiet bio" }, "The bio is empty.") : longText(account.bio, 400, { class: "bio" }),
    h("p", { class: "open" }, link),
    h("div", { class: "columns" }, h("div", {}, facts(account), kinds(account)), h("div", {}, reasons(account))),
    alike(account, open),
  );
}

function facts(account) {
  const rows = account.facts.map(({ what, value }) => h("div", { class: value.length > 12 ? "wide" : null }, h("dt", {}, what), h("dd", {}, value.length > 120 ? longText(value, 120) : theirs(value))));
  if (account.id) rows.push(h("div", { class: "wide" }, h("dt", {}, "Id"), h("dd", {}, theirs(account.id))));
  return h("section", { "aria-labelledby": "facts" }, h("h3", { id: "facts" }, "What the file says"), rows.length ? h("dl", { class: "facts" }, rows) : h("p", { class: "quiet" }, "Nothing."));
}

function kinds(account) {
  if (!account.kinds.length) return null;
  return h("section", { "aria-labelledby": "kinds" }, h("h3", { id: "kinds" }, "What there is to see, whatever the score"), h("ul", { class: "kinds" }, account.kinds.map((kind) => h("li", {}, h("b", {}, kind.name), ": ", theirs(kind.why)))));
}

function reasons(account) {
  const title = h("h3", { id: "reasons" }, "Why this score");
  if (!account.reasons.length) return h("section", { "aria-labelledby": "reasons" }, title, h("p", { class: "quiet" }, "There is too little to go on."));
  const widest = Math.max(0.4, ...account.reasons.map((reason) => Math.abs(reason.contribution)));
  const items = account.reasons.map(({ fact, contribution }) => {
    const towards = contribution > 0 ? "bot" : "person";
    const fill = h("span", { class: `fill ${towards}` });
    fill.style.width = `${(50 * Math.abs(contribution)) / widest}%`;
    return h(
      "li",
      {},
      h("span", { class: "fact" }, theirs(fact)),
      h("span", { class: "bar", "aria-hidden": "true" }, fill),
      h("span", { class: "adds" }, `${signed(contribution)} towards ${towards}`),
    );
  });
  const unlike = account.unlike ? h("p", { class: "unlike" }, h("b", {}, "Unlike the accounts the model has seen: its score says little. "), account.support) : account.support ? h("p", { class: "quiet" }, account.support) : null;
  return h(
    "section",
    { "aria-labelledby": "reasons" },
    title,
    h("p", { class: "quiet ends", "aria-hidden": "true" }, h("span", {}, "← person"), h("span", {}, "bot →")),
    h("ol", { class: "reasons" }, items),
    h("p", { class: "quiet" }, `All else together, the start of the model included: ${signed(account.rest)}. Sum ${signed(account.logit)} log-odds: p_bot ${percent(account.p_bot)}.`),
    unlike,
  );
}

const signed = (number) => (number < 0 ? "−" : "+") + Math.abs(number).toFixed(2);

function past(account, untag, lift) {
  const { decision, mark, changed, tags, lists, notes, former } = account.past;
  if (!decision && !mark && !tags.length && !lists.length && !notes.length && !former.length) return null;
  const lines = [];
  if (mark) {
    const until = mark.until ? `until ${mark.until}` : "for good";
    lines.push(h("li", {}, h("b", {}, `On the ${mark.list} list`), ` ${until}, put there by `, theirs(mark.by), ` ${when(mark.at, mark.day)} `, mark.why ? ["because: ", longText(mark.why, 200), " "] : null, h("button", { type: "button", class: "small", onclick: lift }, "take it off")));
  }
  if (decision) {
    const again = decision.look_again ? `; look again on ${decision.look_again}` : "";
    lines.push(h("li", {}, account.stand === "due" ? "Due again. " : "", "Decided: ", h("b", {}, verdict(decision.verdict)), " by ", theirs(decision.by), ` ${when(decision.at, decision.day)}${again}`));
    if (decision.why) lines.push(h("li", {}, "Because: ", longText(decision.why, 200)));
    lines.push(h("li", {}, "Changed since: ", changed.length ? theirs(changed.join("; ")) : "nothing that is known"));
  }
  const off = (name, kind) => h("button", { type: "button", class: "small", "aria-label": `take ${kind} ${name} off`, onclick: () => untag(kind, name) }, "×");
  if (tags.length) lines.push(h("li", {}, "Tags: ", tags.map((tag) => h("span", { class: "tag" }, theirs(tag), off(tag, "tag")))));
  if (lists.length) lines.push(h("li", {}, "On lists: ", lists.map((list) => h("span", { class: "tag" }, theirs(list), off(list, "list")))));
  if (former.length) lines.push(h("li", {}, "Was called ", theirs(former.map((handle) => `@${handle}`).join(", "))));
  for (const note of notes) lines.push(h("li", {}, "Note by ", theirs(note.by), ` of ${note.day}: `, longText(note.text, 300)));
  return h("section", { class: "past", "aria-labelledby": "past" }, h("h3", { id: "past" }, "What the ledger says"), h("ul", {}, lines));
}

function alike(account, open) {
  if (!account.alike.length) return null;
  const more = account.alike_more ? h("p", { class: "quiet" }, `and ${account.alike_more.toLocaleString("en")} more that are less alike`) : null;
  const items = account.alike.map((one) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "who", onclick: () => open(one.row) }, theirs(one.called), one.name ? [" ", theirs(one.name, "bdi", { class: "name" })] : null),
      h("span", { class: "why" }, theirs(one.why.join("; "))),
      h("span", { class: "quiet" }, [one.band, one.p_bot === null ? "" : ` ${percent(one.p_bot)}`, one.verdict ? `, decided: ${verdict(one.verdict)}` : ""].join("")),
    ),
  );
  return h("section", { "aria-labelledby": "alike" }, h("h3", { id: "alike" }, "Accounts that look alike"), h("ul", { class: "alike" }, items), more);
}
