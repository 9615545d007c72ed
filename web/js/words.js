// @ts-check
/** The page's own words and the way numbers are written, in Indonesian or English. */

import { ApiError, ask } from "./api.js";

/** @type {Record<string, string>} */
let words = {};
let locale = "id-ID";

/** @param {"id" | "en"} lang */
export async function loadWords(lang) {
  words = await ask(`/static/i18n/${lang}.json`);
  locale = lang === "id" ? "id-ID" : "en-GB";
  document.documentElement.lang = lang;
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]  filled into {name}
 */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no word ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "-"));
}

/**
 * A word for a value of a closed list; a value the page does not know is shown as it is.
 * @param {string} prefix
 * @param {string | null | undefined} value
 */
export function term(prefix, value) {
  if (value === null || value === undefined || value === "") return "-";
  return words[`${prefix}.${value}`] ?? value;
}

/**
 * @param {number | null | undefined} value
 * @param {number} [decimals]
 */
export function number(value, decimals = 0) {
  if (value === null || value === undefined) return "-";
  return value.toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/**
 * Three figures, or a whole number: what a person can use.
 * @param {number | null | undefined} value
 */
export function short(value) {
  if (value === null || value === undefined) return "-";
  if (value > 0 && value < 0.01) return `<${number(0.01, 2)}`;
  return value.toLocaleString(locale, Math.abs(value) < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

/** @param {number} value  0..1 */
export function percent(value) {
  return value.toLocaleString(locale, { style: "percent", maximumFractionDigits: value > 0 && value < 0.1 ? 1 : 0 });
}

/** @param {string} iso */
export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, date)).toLocaleDateString(locale, { dateStyle: "long", timeZone: "UTC" });
}

/** What to tell of a failed question. @param {unknown} error */
export function trouble(error) {
  if (error instanceof ApiError && error.status === 0) return t("no_answer");
  return error instanceof Error ? error.message : String(error);
}

/** Fills every data-t (text), data-t-label, data-t-placeholder and data-t-title of the page. */
export function fillPage() {
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(/** @type {HTMLElement} */ (node).dataset.t ?? "");
  for (const [name, attribute] of [["label", "aria-label"], ["placeholder", "placeholder"], ["title", "title"]]) {
    for (const node of document.querySelectorAll(`[data-t-${name}]`)) node.setAttribute(attribute, t(node.getAttribute(`data-t-${name}`) ?? ""));
  }
}
