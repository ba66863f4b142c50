// JupyterLab's own terminal, inside this lab, docked below everything.

/** @import { Words } from "./types.d.ts" */
import { button, html } from "./elements.js";

const EACH_MS = 50;
/** A shell that has written nothing for so long has no prompt. */
const PROMPT_MS = 3000;
/** Until JupyterLab shows it, wide enough for prompt and line: what is wrapped by a shell is not unwrapped later. */
const [ROWS, COLUMNS] = [24, 120];
const LIMIT_MS = 10_000;

/** @typedef {{ baseUrl?: string, wsUrl?: string, token?: string, staticDir?: string }} Addresses */
/** @typedef {Addresses & { terminalsAvailable?: boolean }} PageConfig */

/**
 * Where JupyterLab gives no terminal, the line stands there to be copied.
 *
 * A widget may not open one by itself: JupyterLab's commands are for its extensions, and `data-commandlinker-command`
 * asks for consent at each press outside a trusted cell. So the server is asked for a terminal, the line is typed there,
 * and the notebook kernel has ipylab, an extension, open it and move it. The line is written here, out of a number: what
 * a cell could choose would run outside its lab.
 * @param {Element} parent
 * @param {Words} words
 * @param {number} lab its number for `nslab enter`; 0 where there is no lab of its own
 * @param {(command: "terminal:open" | "application:move-widget", given: object) => void} run
 */
export function createTerminalButton(parent, words, lab, run) {
  if (!Number.isInteger(lab) || lab <= 0) return;
  const config = pageConfig();
  const line = `${program(config)} enter --lab ${lab}`;
  const row = html(parent, "div", { class: "nl-row nl-enter" });
  const status = html(row, "span", { role: "status" });
  const hasTerminals = config.terminalsAvailable && document.querySelector("#jp-main-dock-panel");
  if (hasTerminals) row.prepend(button(row, words.terminal ?? "", open));
  else explain();

  function explain() {
    status.textContent = words.refused ?? "";
    html(row, "code", {}, line);
  }

  async function open() {
    try {
      const name = await start(config);
      await type(config, name, `exec ${line}`);
      const before = new Set(terminals());
      run("terminal:open", { name });
      const id = await appeared(() => terminals().find((one) => !before.has(one)));
      run("application:move-widget", { area: "down", id });
    } catch {
      if (!status.textContent) explain();
    }
  }
}

/**
 * Returns `nslab` of JupyterLab's own environment, whose bin is in no login shell's PATH.
 * @param {PageConfig} config
 */
function program({ staticDir = "" }) {
  const prefix = /^(\/.*)\/share\/jupyter\/lab\/static$/.exec(staticDir)?.[1];
  return prefix ? `'${prefix.replaceAll("'", "'\\''")}/bin/nslab'` : "nslab";
}

/** @returns {PageConfig} what the server tells its pages, as JupyterLab's `PageConfig` reads it */
function pageConfig() {
  return JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
}

/**
 * Returns the name of a new terminal.
 * @param {PageConfig} config
 */
async function start({ baseUrl = "/", token = "" }) {
  const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  const known = token ? { Authorization: `token ${token}` } : undefined;
  const headers = { "Content-Type": "application/json", "X-XSRFToken": xsrf, ...known };
  const answer = await fetch(`${baseUrl}api/terminals`, { method: "POST", headers, body: "{}" });
  if (!answer.ok) throw new Error(answer.statusText);
  return /** @type {string} */ ((await answer.json()).name);
}

/**
 * Types a line into a terminal, once its shell has written its prompt.
 * @param {PageConfig} config
 * @param {string} name
 * @param {string} line
 */
function type({ baseUrl = "/", wsUrl = "", token = "" }, name, line) {
  const base = new URL(baseUrl, wsUrl || location.href);
  const url = new URL(`terminals/websocket/${name}`, base);
  url.protocol = url.protocol.replace("http", "ws");
  if (token) url.searchParams.set("token", token);
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    function enter() {
      clearTimeout(waiting);
      socket.onmessage = null;
      socket.send(JSON.stringify(["stdin", `${line}\r`]));
      socket.close();
      resolve(undefined);
    }
    const waiting = setTimeout(enter, PROMPT_MS);
    socket.onerror = reject;
    socket.onopen = () => socket.send(JSON.stringify(["set_size", ROWS, line.length + COLUMNS]));
    socket.onmessage = ({ data }) => JSON.parse(data)[0] === "stdout" && enter();
  });
}

/** Returns the ids of the terminals that JupyterLab shows. */
const terminals = () =>
  [...document.querySelectorAll(".jp-MainAreaWidget:has(.jp-Terminal)")].map((element) => element.id);

/**
 * Returns what a function returns as soon as that is something.
 * @param {() => string | undefined} find
 */
async function appeared(find) {
  for (let waited = 0; waited < LIMIT_MS; waited += EACH_MS) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, EACH_MS));
  }
  throw new Error("no terminal appeared");
}
