// What is told about the selected part, and what can be done with it.

/** @import { Details, Words } from "./types.d.ts" */
import { button, html } from "./elements.js";

/**
 * Returns a function that shows details in place of the last ones.
 * @param {Element} parent
 * @param {Words} words
 * @param {{ run: (line: string) => void, close: () => void }} handlers
 */
export function createDetails(parent, words, { run, close }) {
  const section = html(parent, "section", { class: "nl-details", hidden: "" });

  const buttons = () => [...section.querySelectorAll("button")];

  /** @param {Partial<Details>} details */
  return ({ id = "", title = "", actions = [], result = "", html: listing = "" }) => {
    const pressed = buttons().findIndex((one) => one.matches(":focus"));
    section.hidden = !id;
    section.replaceChildren();
    if (!id) return;
    section.setAttribute("aria-label", title);
    html(section, "p", { class: "nl-title" }, title);
    const row = html(section, "div", { class: "nl-row" });
    for (const [label, line] of actions) {
      const action = html(row, "span", { class: "nl-action" });
      button(action, label, () => run(line));
      html(action, "code", {}, line);
    }
    button(row, words.close ?? "", close);
    if (result) html(section, "div", { class: "nl-result" }).innerHTML = result;
    html(section, "div", { class: "nl-listing" }).innerHTML = listing;
    if (pressed >= 0) buttons()[Math.min(pressed, actions.length)]?.focus();
  };
}
