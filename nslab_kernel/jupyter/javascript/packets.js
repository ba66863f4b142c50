// Packets that travel through the picture: the request, the reply, and where one was lost.

/** @import { Packet, Words, XY } from "./types.d.ts" */
import { prefersNoMotion, svg } from "./elements.js";

const TRAVEL_MS = 800;
const SHOWN_MS = 2 * TRAVEL_MS;

/**
 * Returns a function that shows one packet.
 * @param {Element} layer
 * @param {Words} words
 */
export function createPackets(layer, words) {
  /** @param {XY} at */
  function showLoss([x, y]) {
    const cross = svg(layer, "path", { class: "nl-lost", d: `M${x - 7} ${y - 7}l14 14m0 -14l-14 14` });
    setTimeout(() => cross.remove(), SHOWN_MS);
  }

  /**
   * Without motion a packet stands halfway, with its name.
   * @param {XY[]} route
   * @param {{ name: string, isReply: boolean }} packet
   * @param {() => void} arrived
   */
  function stand(route, { name, isReply }, arrived) {
    const [x, y] = /** @type {XY} */ (route[Math.floor(route.length / 2)]);
    const dot = svg(layer, "circle", { ...look(isReply), cx: x, cy: y });
    const label = svg(layer, "text", {
      class: "nl-packet-name",
      x,
      y: isReply ? y + 18 : y - 8,
      "text-anchor": "middle",
    });
    label.textContent = name;
    setTimeout(() => {
      dot.remove();
      label.remove();
      arrived();
    }, SHOWN_MS);
  }

  /**
   * @param {XY[]} route
   * @param {boolean} isReply
   * @param {() => void} arrived
   */
  function travel(route, isReply, arrived) {
    const dot = svg(layer, "circle", look(isReply));
    dot.style.offsetPath = `path("M${route.map((point) => point.join(" ")).join("L")}")`;
    dot.style.offsetRotate = "0deg";
    dot.style.opacity = "0";
    const steps = [
      { offsetDistance: "0%", opacity: 1 },
      { offsetDistance: "100%", opacity: 1 },
    ];
    const timing = { duration: TRAVEL_MS, delay: isReply ? TRAVEL_MS : 0, easing: "ease-in-out" };
    dot.animate(steps, timing).addEventListener("finish", () => {
      dot.remove();
      arrived();
    });
  }

  /** @param {Packet} packet */
  return ({ routes, lost }) => {
    routes.forEach((route, number) => {
      const isLost = lost && number === routes.length - 1;
      const isReply = number > 0;
      const end = /** @type {XY} */ (route.at(-1));
      const arrived = () => {
        if (isLost) showLoss(end);
      };
      const name = (isLost ? words.lost : isReply ? words.reply : words.request) ?? "";
      if (route.length < 2) showLoss(end);
      else if (prefersNoMotion()) stand(route, { name, isReply }, arrived);
      else travel(route, isReply, arrived);
    });
  };
}

/** @param {boolean} isReply */
const look = (isReply) => ({ r: 5, class: isReply ? "nl-packet nl-reply-packet" : "nl-packet" });
