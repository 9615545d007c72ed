// @ts-check
/** Why a place has its score: one bar per known factor, whose points add up to the score as shown. */

import { el } from "./dom.js";
import { number, percent, short, t } from "./words.js";

/** @typedef {{factor: string, label: string, unit: string, raw: number | null, known: boolean, value: number | null, weight: number, contribution: number | null}} Contribution */

/**
 * Rounds the parts so that they add up to the rounded whole (largest remainders).
 * @param {number[]} parts
 * @param {number} whole
 * @param {number} decimals
 * @returns {number[]}
 */
export function apportion(parts, whole, decimals) {
  const unit = 10 ** decimals;
  const floors = parts.map((part) => Math.floor(part * unit + 1e-9));
  const missing = Math.round(whole * unit) - floors.reduce((a, b) => a + b, 0);
  const order = parts.map((part, i) => [part * unit - floors[i], i]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, i] of order.slice(0, Math.max(0, missing))) floors[i] += 1;
  return floors.map((floor) => floor / unit);
}

/**
 * @param {Contribution} item
 * @param {number | null} points  as shown; null where the place has no score
 * @param {number} full  points of the longest bar
 * @param {number} most  points this factor could give here
 */
function row(item, points, full, most) {
  const track = el("div", { class: "track" });
  track.style.width = `${(100 * most) / full}%`;
  const fill = el("div", { class: "fill" });
  fill.style.width = `${100 * (item.value ?? 0)}%`;
  track.append(fill);
  const measured = `${short(item.raw)} ${item.unit}`.trim();
  return el(
    "li",
    { class: "bar", "data-factor": item.factor, title: t("bars.title", { value: percent(item.value ?? 0), weight: percent(item.weight) }) },
    el("span", { class: "bar-name" }, item.label),
    el("span", { class: "bar-points" }, points === null ? "–" : number(points, 1)),
    el("div", { class: "bar-room", "aria-hidden": "true" }, track),
    el("span", { class: "bar-raw" }, measured),
  );
}

/**
 * @param {Contribution[]} contributions
 * @param {number | null} score
 */
export function bars(contributions, score) {
  const known = contributions.filter((item) => item.known);
  const weight = known.reduce((sum, item) => sum + item.weight, 0) || 1;
  const shown = score === null ? known.map(() => null) : apportion(known.map((item) => item.contribution ?? 0), score, 1);
  const most = known.map((item) => (100 * item.weight) / weight);
  const full = Math.max(...most, 1e-9);
  const order = known.map((_, i) => i).sort((a, b) => (known[b].contribution ?? 0) - (known[a].contribution ?? 0) || a - b);
  const unknown = contributions.filter((item) => !item.known);
  return el(
    "section",
    { class: "bars" },
    el("h3", {}, t(score === null ? "bars.heading_none" : "bars.heading")),
    el("ul", {}, ...order.map((i) => row(known[i], shown[i], full, most[i]))),
    score !== null && el("p", { class: "sum" }, el("span", {}, t("bars.sum")), el("span", { id: "bars-sum" }, number(score, 1))),
    unknown.length > 0 && el("p", { class: "unknown" }, el("strong", {}, t("bars.unknown")), ` ${unknown.map((item) => item.label).join(", ")}. `, t("bars.unknown_help")),
    el("p", { class: "help" }, t("bars.help")),
  );
}
