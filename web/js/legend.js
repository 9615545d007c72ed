// @ts-check
/** The legend: class, range, number of cells, share of the area; and the hatch of what is not monitored. */

import { el } from "./dom.js";
import { badgeLine, classOf, labelled, quietOf, STEPS } from "./outlook.js";
import { number, percent, t } from "./words.js";

/** @param {number} level */
function swatch(level) {
  return el("span", { class: `swatch class-${level}`, "aria-hidden": "true" }, level > 0 && String(level));
}

/** Provinces whose texts stand open under the steps. */
const MANY = 2;

/**
 * The label of the whole map, where some number on it has not earned the word.
 * @param {string | null} kind
 * @param {any[]} entries
 */
function mapLabel(kind, entries) {
  return labelled(entries.find((entry) => entry.class === kind && entry.label)?.label ?? null) ?? "";
}

/**
 * The steps of a forecast, and for every province what is shown and how it did.
 * @param {string} theme
 * @param {any[]} entries  of the snapshot's forecast
 */
function forecastLegend(theme, entries) {
  const kind = classOf(theme);
  const ends = ["0", ...STEPS.map((step) => number(step, step < 1 ? 1 : 0))];
  const rows = ends.map((from, i) => el("tr", {},
    el("td", {}, el("span", { class: `swatch step-${i + 1}`, "aria-hidden": "true" }, String(i + 1)), el("span", {}, ends[i + 1] ? `${from}–${ends[i + 1]}` : t("legend.or_more", { from })))));
  const ranks = [1, 2, 3, 4, 5].map((fifth) => el("tr", {}, el("td", {}, el("span", { class: `swatch step-${fifth}`, "aria-hidden": "true" }, String(fifth)), el("span", {}, t(`quiet.${fifth}`)))));
  ranks.unshift(el("tr", {}, el("td", {}, el("span", { class: "swatch", "aria-hidden": "true" }), el("span", {}, t("quiet.none")))));
  const shown = quietOf(theme) ? ranks : rows;
  const told = entries.filter((entry) => entry.class === kind).map((entry) => el("div", { class: "entry", "data-stage": entry.stage },
    entries.some((other) => other.province !== entry.province) && el("p", { class: "caption" }, entry.province_name),
    labelled(entry.label), el("p", { class: "help" }, entry.text), entry.heap_text && el("p", { class: "help" }, entry.heap_text), badgeLine(entry.badge)));
  return [
    el("table", {}, el("tr", {}, el("th", { scope: "col" }, t(quietOf(theme) ? "quiet.rank" : "legend.expected"))), ...shown.reverse(),
      el("tr", {}, el("td", {}, swatch(0), el("span", {}, t("legend.no_forecast"))))),
    ...(told.length <= MANY ? told : [
      mapLabel(kind, entries), el("details", {}, el("summary", {}, t("legend.by_province", { n: number(told.length) })), ...told)]),
  ];
}

/**
 * @param {HTMLElement} legend
 * @param {any} snapshot  answer of /api/snapshots/current
 * @param {import("./state.js").State} state
 */
export function drawLegend(legend, snapshot, state) {
  const heading = el("h2", { class: "caption" }, t("legend.label"));
  const head = (/** @type {string[]} */ keys) => el("tr", {}, ...keys.map((key) => el("th", { scope: "col" }, t(key))));
  if (classOf(state.theme)) {
    legend.replaceChildren(heading, ...forecastLegend(state.theme, snapshot.forecast));
    return;
  }
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
