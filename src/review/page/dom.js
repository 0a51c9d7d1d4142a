// Elements made of data. Text becomes text nodes and nothing else: no markup is ever read from a string.

export const $ = (id) => document.getElementById(id);

/** An element: `h("p", { class: "x" }, "text", child)`. Handlers are functions under `on...`. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Text from outside: its direction is its own, and stays inside. */
export function theirs(text, name = "bdi", attributes = {}) {
  return h(name, { dir: "auto", ...attributes }, text);
}

/** Long text from outside, cut, with a button for the rest. */
export function longText(text, most, attributes = {}) {
  const letters = Array.from(text);
  const lines = text.split("\n");
  if (letters.length <= most && lines.length <= 8) return theirs(text, "div", attributes);
  let short = letters.slice(0, most).join("");
  short = short.split("\n").slice(0, 8).join("\n");
  const shown = theirs(short + " …", "div", attributes);
  const button = h("button", { type: "button", class: "more", "aria-expanded": "false" }, `more (${letters.length.toLocaleString("en")} characters)`);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "true";
    shown.textContent = open ? short + " …" : text;
    button.setAttribute("aria-expanded", String(!open));
    button.textContent = open ? `more (${letters.length.toLocaleString("en")} characters)` : "less";
  });
  return h("div", { class: "long" }, shown, button);
}

/** When something was: a word where it was just now, else the day. */
export function when(seconds, day) {
  const ago = Date.now() / 1000 - seconds;
  if (ago < 120 && ago > -120) return "just now";
  if (ago < 3600) return `${Math.round(ago / 60)} minutes ago`;
  return `on ${day}`;
}

export function percent(p) {
  return p === null || p === undefined ? "" : p.toFixed(2);
}
