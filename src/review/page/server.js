// Questions to botsieve, and the token that lets this tab ask them.
//
// The token comes in the fragment of the address, is kept for this tab, and leaves the address bar at once. Other tabs
// of this page get it from tabs that have it.

const KEY = "botsieve-token";
const channel = new BroadcastChannel("botsieve");
let token = sessionStorage.getItem(KEY);
let arrived = () => {};

/** botsieve gave no answer: whatever was asked is not known to be done. */
export class Gone extends Error {}

/** botsieve answered that it will not. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Takes a token over, if it is the right one: a wrong address must not lock this tab out. */
async function take(found) {
  if (typeof found !== "string" || !/^[0-9a-f]{64}$/.test(found)) return;
  if (found !== token) {
    await ask("pulse", { since: 0 }, 5000, found);
    token = found;
    sessionStorage.setItem(KEY, token);
  }
  arrived();
}

channel.addEventListener("message", ({ data }) => {
  if (data?.want && token) channel.postMessage({ token });
  if (data?.token && data.token !== token) take(data.token).catch(() => {});
});

/** Calls back when another token arrives: botsieve was started again. */
export function onToken(callback) {
  arrived = callback;
}

/** Takes the token out of the address. */
export async function enter() {
  const found = new URLSearchParams(location.hash.slice(1));
  if (found.has("token") || found.has("once")) {
    history.replaceState(null, "", location.pathname);
  }
  if (found.has("token")) {
    await take(found.get("token"));
    channel.postMessage({ token });
  } else if (found.has("once")) {
    const answer = await ask("enter", { once: found.get("once") });
    await take(answer.token);
    channel.postMessage({ token });
  } else if (!token) {
    const usual = arrived;
    await new Promise((done) => {
      arrived = done;
      channel.postMessage({ want: true });
      setTimeout(done, 400);
    });
    arrived = usual;
  }
}

/** Asks other tabs for a token that is newer than ours. */
export function wantToken() {
  channel.postMessage({ want: true });
}

export async function ask(question, body = {}, patience = 20000, by = token) {
  let response;
  let answer;
  try {
    response = await fetch(`/api/${question}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Botsieve-Token": by ?? "" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    answer = await response.json();
  } catch (error) {
    throw new Gone(String(error));
  }
  if (!response.ok) throw new Refusal(response.status, answer.error, answer.message);
  return answer;
}
