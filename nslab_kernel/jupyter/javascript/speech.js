// What a screen reader speaks: at most one sentence a second, the newest.

const EACH_MS = 1000;

/**
 * @param {HTMLElement} region
 * @param {AbortSignal} signal
 */
export function createSpeech(region, signal) {
  let spoken = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let newest = "";

  function speakNewest() {
    clearTimeout(waiting);
    const left = EACH_MS - (performance.now() - spoken);
    waiting = left > 0 ? setTimeout(speakNewest, left) : undefined;
    if (waiting === undefined) speak(newest);
  }

  /** @param {string} text */
  function speak(text) {
    region.textContent = text;
    spoken = performance.now();
  }

  signal.addEventListener("abort", () => clearTimeout(waiting));

  return {
    /** @param {string} text */
    say(text) {
      newest = text;
      speakNewest();
    },
    /**
     * Says it before all that waits.
     * @param {string} text
     */
    sayNow(text) {
      speak(text);
      if (waiting !== undefined) speakNewest();
    },
  };
}
