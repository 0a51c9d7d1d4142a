// Help, and the question for a tag, a list or a note.

import { $, h, theirs } from "./dom.js";

export const isOpen = () => $("help").open || $("ask").open;

let back = null;

function remember() {
  back = document.activeElement;
}

for (const id of ["help", "ask"]) {
  $(id).addEventListener("close", () => {
    // The browser gives the focus back; where its element is gone, to the account.
    if (!back?.isConnected) ($("who") ?? $("main")).focus();
  });
}

export function help(about) {
  $("about").textContent = about;
  remember();
  $("help").showModal();
  $("help-title").focus();
}

// Cancels the question that waits for an answer.
let cancelled = null;

/** Asks for one line, or for words. `null` where it was cancelled. */
export function askFor({ title, what, words, now = [] }) {
  // Escape closes a dialog at once, but the event that tells so may come after the next key has asked the next question.
  cancelled?.();
  const [line, text] = [$("ask-line"), $("ask-text")];
  $("ask-title").replaceChildren(title.lead, theirs(title.called));
  $("ask-what").textContent = what;
  line.hidden = words;
  text.hidden = !words;
  line.value = text.value = "";
  $("ask-now").replaceChildren(...(now.length ? [h("p", {}, "There already: ", theirs(now.join(", ")))] : []));
  remember();
  $("ask").showModal();
  (words ? text : line).focus();
  return new Promise((answer) => {
    const done = (value) => {
      cancelled = null;
      form.removeEventListener("submit", submit);
      $("ask").removeEventListener("close", closed);
      $("ask-cancel").removeEventListener("click", cancel);
      if ($("ask").open) $("ask").close();
      answer(value);
    };
    const form = $("ask-form");
    const cancel = () => done(null);
    const closed = () => {
      if (!$("ask").open) cancel();
    };
    const submit = (event) => {
      event.preventDefault();
      const value = (words ? text : line).value.trim();
      if (value) done(value);
    };
    form.addEventListener("submit", submit);
    $("ask").addEventListener("close", closed);
    cancelled = cancel;
    $("ask-cancel").addEventListener("click", cancel);
  });
}

// Enter keeps a note; Shift and Enter make a new line.
$("ask-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask-form").requestSubmit();
  }
});
