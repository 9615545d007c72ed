// @ts-check
/** The rows as they were read: taken, set aside with their reason, or already there. */

import { ask } from "../api.js";
import { el } from "../dom.js";
import { day, number, t, term } from "../words.js";

export const OUTCOMES = ["accepted", "quarantined", "duplicate"];
const PAGE = 50;
const COUNT = { accepted: "accepted", quarantined: "quarantined", duplicate: "duplicates" };

/** @param {any} counts @param {string} outcome */
export function countOf(counts, outcome) {
  return counts?.[/** @type {any} */ (COUNT)[outcome]] ?? 0;
}

/**
 * The tiles (they choose what is listed) and the list under them.
 * @param {any} job
 * @param {(row: any) => void} onPlace
 * @param {(error: unknown) => void} onTrouble
 */
export function rows(job, onPlace, onTrouble) {
  const body = el("div", { class: "rows", tabindex: "0", role: "tabpanel", id: "rows", "aria-label": t("upload.rows.label") });
  const pager = el("p", { class: "row", id: "pager" });
  let outcome = job.counts.quarantined > 0 ? "quarantined" : "accepted";
  let offset = 0;
  let turn = 0;
  const tiles = OUTCOMES.map((name) => el("button", { type: "button", class: "tile", role: "tab", "data-outcome": name, on: { click: () => pick(name) } },
    el("strong", {}, number(countOf(job.counts, name))),
    el("span", {}, el("span", { class: `mark-dot ${name}`, "aria-hidden": "true" }), t(`upload.count.${name}`))));

  /** @param {string} name */
  function pick(name) {
    outcome = name;
    offset = 0;
    void list();
  }

  async function list() {
    const mine = ++turn;
    for (const tile of tiles) tile.setAttribute("aria-selected", String(tile.dataset.outcome === outcome));
    try {
      const page = await ask(`${job.href}/rows`, { outcome, offset, limit: PAGE });
      if (mine !== turn) return;
      body.replaceChildren(page.rows.length > 0 ? table(page.rows) : el("p", { class: "help card" }, t(`upload.rows.none_${outcome}`)));
      body.scrollTop = 0;
      const end = offset + page.rows.length;
      const kept = Math.min(page.total, page.kept ?? page.total);
      pager.replaceChildren(
        el("span", { class: "help" }, page.total > 0 ? t(kept < page.total ? "upload.rows.part" : "upload.rows.page", { from: number(offset + 1), to: number(end), total: number(page.total), kept: number(kept) }) : ""),
        ...(offset > 0 ? [el("button", { type: "button", class: "button", on: { click: () => move(-PAGE) } }, t("upload.rows.before"))] : []),
        ...(end < kept ? [el("button", { type: "button", class: "button", on: { click: () => move(PAGE) } }, t("upload.rows.next"))] : []));
    } catch (error) {
      onTrouble(error);
    }
  }

  /** @param {number} by */
  function move(by) {
    offset = Math.max(0, offset + by);
    void list();
  }

  /** @param {any[]} page */
  function table(page) {
    const headers = job.headers.map((/** @type {any} */ item) => item.header);
    const lead = outcome === "accepted" ? ["row", "date", "title", "place"] : ["row", "reason", "place"];
    return el("table", {},
      el("thead", {}, el("tr", {}, ...lead.map((key) => el("th", { scope: "col" }, t(`upload.rows.${key}`))), ...headers.map((/** @type {string} */ text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...page.map((row) => el("tr", {},
        el("td", { class: "n read" }, row.sheet && job.choices.sheet?.length > 1 ? `${row.sheet} · ${row.row}` : String(row.row ?? row.number)),
        ...(outcome === "accepted"
          ? [el("td", { class: "read" }, row.occurred_on ? day(row.occurred_on) : "-"), el("td", { class: "read" }, row.title ?? "-"), place(row)]
          : [why(row), place(row)]),
        ...headers.map((/** @type {string} */ text) => el("td", { class: row.reason?.column === text ? "at-fault" : "" }, row.cells[text] ?? ""))))));
  }

  /** @param {any} row */
  function why(row) {
    const same = row.duplicate_of && t("upload.rows.same_as", { label: row.duplicate_of.label ?? row.duplicate_of.key });
    return el("td", { class: "why read" }, row.reason?.message ?? same ?? "-", row.reason?.column && el("small", {}, `${row.reason.column}: ${row.reason.value ?? ""}`));
  }

  /** @param {any} row */
  function place(row) {
    const text = row.place ?? row.kode;
    if (!text) return el("td", { class: "where read" }, "-");
    const seen = row.lon !== null && row.lat !== null;
    return el("td", { class: "where read" },
      seen ? el("button", { type: "button", class: "link", title: t("upload.rows.show"), on: { click: () => onPlace(row) } }, text) : text,
      row.precision && el("small", {}, term("precision", row.precision)));
  }

  void list();
  return { tiles: el("div", { class: "sum-up", role: "tablist", "aria-label": t("upload.rows.label") }, total(job), ...tiles), list: el("div", {}, body, pager) };
}

/** @param {any} job */
function total(job) {
  return el("div", { class: "tile", role: "presentation" }, el("strong", {}, number(job.counts.rows_in)), el("span", {}, t("upload.count.sum")));
}
