// A part of the queue as a list.

import { h, percent, theirs } from "./dom.js";
import { verdict } from "./account.js";

export const PAGE = 100;

const STANDS = { due: "due again", keep: "keep list", never: "never list", nobody: "no id, no handle" };

export function renderList({ items, from, total }, row, { above, open, turn }) {
  const rows = items.map((one) => {
    const stand = one.stand === "decided" ? `decided: ${verdict(one.verdict)}` : (STANDS[one.stand] ?? "");
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "entry", "data-row": one.row, "aria-current": one.row === row ? "true" : null, onclick: () => open(one.row) },
        h("span", { class: `band ${one.band}` }, one.band),
        h("span", { class: "p" }, one.p_bot === null ? null : [h("span", { class: "unseen" }, "p_bot "), percent(one.p_bot)]),
        h("span", { class: "called" }, theirs(one.called), one.name ? [" ", theirs(one.name, "bdi", { class: "name" })] : null),
        h("span", { class: "words" }, [one.engaged ? "engages with you" : null, one.kind, stand].filter(Boolean).join(", ")),
        one.bio_begin ? theirs(one.bio_begin, "span", { class: "begin" }) : null,
      ),
    );
  });
  const last = from + items.length;
  const number = (n) => n.toLocaleString("en");
  const turns = h(
    "p",
    { class: "turns" },
    h("button", { type: "button", id: "turn-back", disabled: from === 0, onclick: () => turn(Math.max(0, from - PAGE)) }, "← earlier"),
    h("span", {}, ` ${number(from + 1)} to ${number(last)} of ${number(total)} `),
    h("button", { type: "button", id: "turn-on", disabled: last >= total, onclick: () => turn(from + PAGE) }, "later →"),
  );
  return h("section", { class: "list", "aria-labelledby": "list-title" }, h("h2", { id: "list-title", tabindex: "-1" }, "The queue"), h("p", { class: "quiet" }, "One account at a time: ", h("kbd", {}, "↑"), " ", h("kbd", {}, "↓"), " move, ", h("kbd", {}, "Enter"), " opens, ", h("kbd", {}, "v"), " goes back. Beside each band stands p_bot."), above, turns, h("ol", { start: from + 1 }, rows));
}

/** Moves the focus among the entries; `false` where there is none further. */
export function moveFocus(by) {
  const entries = [...document.querySelectorAll(".entry")];
  const at = entries.indexOf(document.activeElement);
  const current = entries.findIndex((entry) => entry.hasAttribute("aria-current"));
  const to = at >= 0 ? at + by : Math.max(0, current);
  entries[to]?.focus();
  return to >= 0 && to < entries.length;
}
