// @ts-check
/** The second step: which column of the file is which of ours, and how its dates, numbers and codes are meant. */

import { el } from "../dom.js";
import { number, t } from "../words.js";

const OPTIONS = ["code_system", "date_order", "number_style", "zone", "sheet"];

/**
 * @param {any} job
 * @param {(change: any) => void} again  reads the file once more with another mapping
 */
export function columns(job, again) {
  const samples = new Map(job.headers.map((/** @type {any} */ item) => [item.header, item.samples]));
  /** @type {Map<string, HTMLSelectElement>} */
  const chosen = new Map();
  const reread = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "button strong", id: "reread", on: { click: () => again(change()) } }, t("upload.reread")));
  reread.hidden = true;
  const touched = () => {
    reread.hidden = false;
  };

  /** @param {any} field */
  const line = (field) => {
    const select = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": field.label }));
    const scores = new Map(field.proposals.map((/** @type {any} */ item) => [item.header, item.score]));
    const ordered = [...job.headers].sort((a, b) => Number(scores.get(b.header) ?? 0) - Number(scores.get(a.header) ?? 0));
    select.append(el("option", { value: "" }, t("upload.no_column")),
      ...ordered.map(({ header }) => el("option", { value: header, selected: header === field.header },
        scores.has(header) && header !== field.header ? t("upload.like", { header, score: number(Number(scores.get(header))) }) : header)));
    const example = el("td", { class: "samples" });
    const show = () => {
      example.textContent = (samples.get(select.value) ?? []).slice(0, 3).join(" · ");
    };
    select.addEventListener("change", () => {
      show();
      touched();
    });
    show();
    chosen.set(field.field, select);
    const lacking = field.required && !field.header;
    const look = !field.sure && (lacking || field.proposals.length > 0);
    return el("tr", { class: lacking ? "lacking" : look ? "look" : "" },
      el("th", { scope: "row" }, field.label,
        field.required && el("span", { class: "need" }, ` ${t("upload.required")}`),
        look && el("div", { class: "look-note" }, t(field.header ? "upload.look" : "upload.look_none"))),
      el("td", {}, select), example);
  };
  const wanted = job.mapping.filter((/** @type {any} */ field) => field.required || field.header || field.proposals.length > 0);
  const rest = job.mapping.filter((/** @type {any} */ field) => !wanted.includes(field));
  /** @param {any[]} fields */
  const table = (fields) => el("div", { class: "wide-table" }, el("table", { class: "list columns-table" },
    el("thead", {}, el("tr", {}, ...["field", "column", "samples"].map((key) => el("th", { scope: "col" }, t(`upload.columns.${key}`))))),
    el("tbody", {}, ...fields.map(line))));

  /** @type {Map<string, HTMLSelectElement>} */
  const settings = new Map();
  const options = el("div", { class: "options" }, ...OPTIONS.filter((name) => (job.choices[name] ?? []).length > 0).map((name) => {
    const select = /** @type {HTMLSelectElement} */ (el("select", {},
      el("option", { value: "" }, t("upload.by_itself")),
      ...job.choices[name].map((/** @type {any} */ item) => el("option", { value: item.value, selected: item.value === job.options[name] }, item.label))));
    select.addEventListener("change", touched);
    settings.set(name, select);
    return el("label", {}, t(`upload.option.${name}`), select);
  }));
  const headerRow = /** @type {HTMLInputElement} */ (el("input", { type: "number", min: 1, max: 100000, value: job.options.header_row ?? "", placeholder: t("upload.by_itself") }));
  headerRow.addEventListener("input", touched);
  options.append(el("label", {}, t("upload.option.header_row"), headerRow));

  function change() {
    const given = [...chosen].map(([field, select]) => [field, select.value || null]);
    const stated = [...settings].map(([name, select]) => [name, select.value || null]);
    return {
      columns: Object.fromEntries(given),
      options: { ...job.options, ...Object.fromEntries(stated), header_row: headerRow.value ? Number(headerRow.value) : null },
    };
  }

  const lookAt = job.missing.length > 0 || job.mapping.some((/** @type {any} */ field) => !field.sure && field.proposals.length > 0);
  return el("section", { class: "card" },
    el("details", { open: lookAt || job.counts === null },
      el("summary", {}, t(lookAt ? "upload.columns.look" : "upload.columns.fine")),
      el("p", { class: "help" }, t("upload.columns.help")),
      table(wanted),
      rest.length > 0 && el("details", {}, el("summary", {}, t("upload.columns.rest", { n: rest.length })), table(rest)),
      el("details", { open: job.counts === null }, el("summary", {}, t("upload.columns.options")), options)),
    reread);
}
