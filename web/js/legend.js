// @ts-check
/** The legend: class, range, number of cells, share of the area; and the hatch of what is not monitored. */

import { el } from "./dom.js";
import { number, percent, t } from "./words.js";

/** @param {number} level */
function swatch(level) {
  return el("span", { class: `swatch class-${level}`, "aria-hidden": "true" }, level > 0 && String(level));
}

/**
 * @param {HTMLElement} legend
 * @param {any} snapshot  answer of /api/snapshots/current
 * @param {import("./state.js").State} state
 */
export function drawLegend(legend, snapshot, state) {
  const heading = el("h2", { class: "caption" }, t("legend.label"));
  const head = (/** @type {string[]} */ keys) => el("tr", {}, ...keys.map((key) => el("th", { scope: "col" }, t(key))));
  if (state.theme !== "score") {
    const rows = [4, 3, 2, 1, 0].map((fifth) => el("tr", {},
      el("td", {}, swatch(fifth + 1), el("span", {}, t(`fifth.${fifth + 1}`))), el("td", {}, `${number(fifth * 20)}–${number(fifth * 20 + 20)}`)));
    legend.replaceChildren(heading, el("table", {}, head(["legend.value", "legend.scale"]), ...rows,
      el("tr", {}, el("td", {}, swatch(0), el("span", {}, t("legend.unknown"))), el("td", {}, "–"))));
    return;
  }
  const classes = [...snapshot.classes].sort((a, b) => (b.class || -1) - (a.class || -1));
  const rows = classes.map((item) => el("tr", {},
    el("td", {}, swatch(item.class), el("span", {}, item.label)),
    el("td", {}, item.class ? `${number(item.min ?? 0)}–${number(item.max ?? 100)}` : "–"),
    el("td", {}, number(item.cells)),
    el("td", {}, percent(item.share))));
  legend.replaceChildren(
    heading,
    el("table", {}, head(["legend.class", "legend.range", "legend.cells", "legend.share"]), ...rows),
    el("p", { class: "help" }, t("legend.unmonitored")),
  );
}
