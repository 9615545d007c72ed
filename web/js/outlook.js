// @ts-check
/** The forecast of a place in its panel: numbers with their interval, what they are made of, how they did in the back-test; or why there are none. */

import { apportion } from "./bars.js";
import { el } from "./dom.js";
import { day, number, t } from "./words.js";

const PREFIX = "forecast_";
const QUIET = "quiet_";
/** Lower ends of steps 2 to 5: expected incidents of an area in 30 days. Fixed, so that two dates compare. */
export const STEPS = [0.1, 0.3, 1, 3];

/**
 * The class of incidents a theme shows the forecast of, or null for the index and its factors.
 * @param {string} theme
 */
export function classOf(theme) {
  return theme.startsWith(PREFIX) ? theme.slice(PREFIX.length) : quietOf(theme);
}

/**
 * The class whose quiet places a theme ranks, or null.
 * @param {string} theme
 */
export function quietOf(theme) {
  return theme.startsWith(QUIET) ? theme.slice(QUIET.length) : null;
}

/** @param {string} kind */
export function quietTheme(kind) {
  return `${QUIET}${kind}`;
}

/** @param {string} kind */
export function themeOf(kind) {
  return `${PREFIX}${kind}`;
}

/** How many decimals an expected number is told with. @param {number} value */
function decimals(value) {
  return value >= 20 ? 0 : value >= 1 ? 1 : 2;
}

/** @param {number} value */
export function expected(value) {
  return value > 0 && value < 0.01 ? `<${number(0.01, 2)}` : number(value, value === 0 ? 0 : decimals(value));
}

/**
 * "Indeks, bukan prakiraan" where the back-test did not earn the word.
 * @param {string | null} label
 */
export function labelled(label) {
  return label ? el("strong", { class: "stamp label" }, label) : null;
}

/** @param {string} text */
export function badgeLine(text) {
  const lang = document.documentElement.lang;
  return el("p", { class: "help test" }, `${text}. `, el("a", { href: lang === "id" ? "/uji-balik" : `/uji-balik?lang=${lang}` }, t("outlook.card")));
}

/**
 * What an expected number is made of: parts that sum to it as shown, or factors that multiply to it.
 * @param {any} item
 */
function parts(item) {
  if (!item.parts?.length || item.expected < 0.01) return null; // too small to be taken apart
  const additive = item.scale === "additive";
  const places = decimals(item.expected);
  const shown = additive ? apportion(item.parts.map((/** @type {any} */ one) => one.value), item.expected, places) : [];
  const rows = item.parts.map((/** @type {any} */ one, /** @type {number} */ i) => el("div", { "data-part": one.part },
    el("dt", {}, one.label),
    el("dd", {}, additive ? number(shown[i], places) : i ? `× ${number(Math.exp(one.value), 2)}` : expected(Math.exp(one.value)))));
  rows.push(el("div", { class: "total" }, el("dt", {}, t(additive ? "outlook.sum" : "outlook.product")), el("dd", {}, number(item.expected, places))));
  return el("dl", { class: "facts parts" }, ...rows);
}

/**
 * Where the data carry no number: what happened and how many live there.
 * @param {any} place
 */
function instead(place) {
  const told = ["incidents", "people"].filter((name) => (place.counts?.[name] ?? null) !== null);
  return el("dl", { class: "facts" }, ...told.map((name) => el("div", {}, el("dt", {}, t(`count.${name}`)), el("dd", {}, number(place.counts[name])))));
}

/**
 * One class of incidents.
 * @param {any[]} items  one per horizon, the nearest first
 * @param {any} place
 */
function oneClass(items, place) {
  const [first] = items;
  const heading = el("h3", {}, t(first.label ? "outlook.expected" : "outlook.forecast", { class: first.class_label }), first.expected !== null && labelled(first.label));
  const body = first.expected === null
    ? [el("p", { class: "withheld" }, first.text), instead(place)]
    : [
      ...items.map((item, i) => el("p", { class: i ? "later" : "figure", "data-days": item.horizon_days },
        el("strong", { class: "expected" }, expected(item.expected)), " ",
        el("span", {}, t("outlook.in_days", { days: number(item.horizon_days), low: number(item.low), high: number(item.high) })))),
      parts(first),
      ...[...new Set(items.map((item) => item.note))].map((note) => note && el("p", { class: "help" }, note)),
    ];
  return el("section", { class: "outlook", "data-class": first.class, "data-stage": first.stage }, heading, ...body, badgeLine(first.expected === null ? first.badge : `${t("outlook.model", { model: first.model_label })}. ${first.badge}`));
}

/**
 * The sections of a place, one per class; `wanted` comes first.
 * @param {any} place
 * @param {string | null} wanted
 */
export function outlook(place, wanted) {
  const kinds = [...new Set((place.forecast ?? []).map((/** @type {any} */ item) => item.class))];
  kinds.sort((a, b) => Number(b === wanted) - Number(a === wanted));
  return kinds.map((kind) => oneClass(place.forecast.filter((/** @type {any} */ item) => item.class === kind), place));
}

/**
 * The recent days against the place's own past.
 * @param {any} place
 */
export function alertLine(place) {
  if (!place.alert) return null;
  return el("p", { class: place.alert.alarm ? "alarm" : "help", id: "place-alert" }, place.alert.text);
}

/**
 * What moved the score since the snapshot before.
 * @param {any} place
 */
export function changed(place) {
  const change = place.change;
  if (!change) return null;
  const signed = (/** @type {number} */ value) => `${value > 0 ? "+" : ""}${number(value, 1)}`;
  const rows = change.parts.filter((/** @type {any} */ one) => Math.abs(one.delta) >= 0.05).slice(0, 5)
    .map((/** @type {any} */ one) => el("div", {}, el("dt", {}, one.label), el("dd", {}, signed(one.delta))));
  const expectations = change.forecast.filter((/** @type {any} */ one) => one.before !== null && one.after !== null && one.before !== one.after)
    .map((/** @type {any} */ one) => el("p", { class: "help" }, t("change.forecast", { class: one.class_label, days: one.horizon_days, before: expected(one.before), after: expected(one.after) })));
  const line = change.before === null && change.after === null ? t("change.unscored")
    : change.delta === 0 ? t("change.none") : t("change.line", { before: number(change.before, 1), after: number(change.after, 1), delta: change.delta === null ? "–" : signed(change.delta) });
  return el("section", { class: "change" }, el("h3", {}, t("change.heading", { since: day(change.since) })),
    el("p", {}, line), rows.length > 0 && el("dl", { class: "facts" }, ...rows), ...expectations);
}
