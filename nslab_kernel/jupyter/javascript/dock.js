// The lesson's panel at the edge of JupyterLab's window: it comes to the front with its notebook, and closes with it.

/** @import { LessonState, Model } from "./types.d.ts" */

const PANEL = ".jupyterlab-sidecar";
const NOTEBOOK = ".jp-NotebookPanel";
const DOCKED = "nslab-lesson-docked";

/** @typedef {HTMLElement & { nslabDocument?: unknown }} Owned an element, and the document that it belongs to */

/**
 * Keeps a view of a lesson to its notebook, once it is in the page: one in a cell says which notebook that is.
 * @param {Element} view
 * @param {Model<LessonState>} model
 * @param {() => boolean} isLive whether the notebook kernel still knows the model
 * @param {AbortSignal} signal
 * @returns {boolean} whether the view is in a panel at the edge
 */
export function keepToNotebook(view, model, isLive, signal) {
  /** JupyterLab's document of the notebook. */
  const { context } = /** @type {any} */ (model.widget_manager);
  /** @type {Owned | null} */
  const panel = view.closest(PANEL);
  /** @type {Owned | null} */
  const owned = panel ?? view.closest(NOTEBOOK);
  if (owned) owned.nslabDocument = context;
  if (!panel) return false;

  async function close() {
    const dock = await model.widget_manager.get_model(model.get("dock")); // told only after it is in the page
    /** @type {any} */ (dock).close(true);
  }

  /** JupyterLab asks only when it docks the panel how wide it must be: in a window that grows, it has what it was given. */
  function keepInside() {
    const given = panel?.parentElement?.clientWidth;
    if (given) panel.style.setProperty("--nl-given", `${given}px`);
  }

  /** @param {FocusEvent} event */
  function follow({ target }) {
    /** @type {Owned | null | undefined} */
    const notebook = /** @type {Element} */ (target).closest?.(NOTEBOOK);
    if (panel && context && notebook?.nslabDocument === context) comeToFront(panel);
  }

  dispatchEvent(new Event(DOCKED));
  // A kernel that was restarted cannot close what it once docked: it goes when the next is docked.
  addEventListener(DOCKED, () => isLive() || close(), { signal });
  addEventListener("resize", keepInside, { signal });
  addEventListener("focusin", follow, { signal });
  context?.disposed?.connect(close);
  return true;
}

/**
 * Shows a panel in the place of one of another notebook. JupyterLab lets only its extensions ask for that, so this
 * presses the panel's tab; where the learner folded all panels away, or opened another of JupyterLab's, it stays so.
 * @param {Owned} panel
 */
function comeToFront(panel) {
  /** @type {Owned | null | undefined} */
  const shown = panel.parentElement?.querySelector(`:scope > ${PANEL}:not(.lm-mod-hidden)`);
  if (!shown || shown.nslabDocument === panel.nslabDocument) return;
  const tab = document.querySelector(`.jp-SideBar [data-id="${panel.id}"]`);
  if (!tab) return;
  const { x, y } = tab.getBoundingClientRect();
  const at = { bubbles: true, clientX: x + 1, clientY: y + 1 };
  for (const type of ["pointerdown", "pointerup"]) tab.dispatchEvent(new PointerEvent(type, at));
}
