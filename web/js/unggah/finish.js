// @ts-check
/** The last step: who answers for these rows, and what became of them. */

import { el } from "../dom.js";
import { number, t } from "../words.js";
import { countOf } from "./rows.js";

const WHO = "petarawan.who";

/** A name a file can have: "Laporan Bulanan" is "laporan-bulanan". @param {string} text */
export function slug(text) {
  return text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
}

/**
 * @param {any} job
 * @param {(answer: {who: string, save_profile: string | null, revision: number}) => void} confirm
 * @param {() => void} cancel
 */
export function confirmBar(job, confirm, cancel) {
  const who = /** @type {HTMLInputElement} */ (el("input", { type: "text", id: "who", maxlength: 120, autocomplete: "name", required: true, value: sessionStorage.getItem(WHO) ?? "" }));
  const profile = /** @type {HTMLInputElement} */ (el("input", { type: "text", id: "save-profile", maxlength: 60, autocomplete: "off", placeholder: t("upload.save_profile_hint"), value: job.profile ?? "" }));
  profile.addEventListener("change", () => {
    profile.value = slug(profile.value);
  });
  const accepted = countOf(job.counts, "accepted");
  const open = job.can.includes("confirm") && accepted > 0;
  const go = el("button", { type: "submit", class: "button strong", id: "confirm", disabled: !open }, t("upload.confirm", { n: number(accepted) }));
  const form = el("form", { class: "card confirm" },
    el("label", { for: "who" }, t("upload.who"), who),
    el("label", { for: "save-profile" }, t("upload.save_profile"), profile),
    el("button", { type: "button", class: "button", id: "cancel", on: { click: cancel } }, t("upload.cancel")),
    go);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!who.value.trim()) return who.focus();
    sessionStorage.setItem(WHO, who.value.trim());
    confirm({ who: who.value.trim(), save_profile: slug(profile.value) || null, revision: job.revision });
  });
  return form;
}

/** @param {any} job */
export function quarantineLink(job) {
  if (!job.quarantine) return null;
  return el("p", { class: "row" },
    el("a", { class: "button", id: "quarantine", href: job.quarantine, download: "" }, t("upload.quarantine", { n: number(countOf(job.counts, "quarantined")) })),
    el("span", { class: "help" }, t("upload.quarantine_help")));
}

const FEW = 5;

/** The commonest reasons and the file's warnings, side by side. @param {any} job */
export function remarks(job) {
  const reasons = job.reasons.map((/** @type {any} */ item) => el("li", {}, el("strong", {}, number(item.count)), ` ${item.label}`));
  const warnings = job.warnings.map((/** @type {any} */ item) => el("li", {}, item.text));
  if (job.possible > 0) warnings.push(el("li", {}, t("upload.possible", { n: number(job.possible) })));
  if (reasons.length + warnings.length === 0) return null;
  return el("div", { class: "remarks" },
    reasons.length > 0 && el("div", {}, el("h3", {}, t("upload.reasons")), el("ul", { class: "reasons" }, ...reasons.slice(0, FEW)),
      reasons.length > FEW && el("details", {}, el("summary", {}, t("upload.more", { n: reasons.length - FEW })), el("ul", { class: "reasons" }, ...reasons.slice(FEW)))),
    warnings.length > 0 && el("div", {}, el("h3", {}, t("upload.warnings")), el("ul", { class: "reasons" }, ...warnings)));
}

/**
 * @param {any} job
 * @param {() => void} another
 */
export function finished(job, another) {
  const { rows_in, accepted, quarantined, duplicates } = job.counts;
  return el("section", { class: "card" },
    el("h2", {}, t("upload.done.title")),
    el("p", { class: "good", id: "result" }, t("upload.done.sum", { rows: number(rows_in), accepted: number(accepted), quarantined: number(quarantined), duplicates: number(duplicates) })),
    quarantineLink(job), remarks(job),
    el("p", {}, t("upload.done.next"), " ", el("code", {}, "petarawan publish DIR")),
    el("p", { class: "row" }, el("button", { type: "button", class: "button strong", id: "another", on: { click: another } }, t("upload.another")), el("a", { class: "button", href: "/" }, t("upload.to_map"))));
}
