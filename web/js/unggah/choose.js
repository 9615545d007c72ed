// @ts-check
/** The first step: what the file is about, the file itself, and what was brought in before. */

import { el } from "../dom.js";
import { number, t, term } from "../words.js";

/**
 * @typedef {object} Desk
 * @property {any[]} jobs
 * @property {any[]} imports
 * @property {{value: string, label: string}[]} kinds
 * @property {{name: string, kind: string}[]} profiles
 * @property {number} limit_bytes
 * @property {string[]} suffixes
 */

/**
 * @param {Desk} desk
 * @param {(file: File, kind: string, profile: string | null) => void} onFile
 * @param {(text: string) => void} onTrouble
 */
export function choose(desk, onFile, onTrouble) {
  const kinds = el("div", { class: "kinds" },
    ...desk.kinds.map((kind, i) => el("label", {}, el("input", { type: "radio", name: "kind", value: kind.value, checked: i === 0 }), kind.label)));
  const profile = el("select", { id: "profile" });
  const profiles = el("p", { class: "options" }, el("label", {}, t("upload.profile"), profile));
  const input = /** @type {HTMLInputElement} */ (el("input", { type: "file", id: "file", accept: desk.suffixes.join(",") }));
  const drop = el("label", { class: "drop", for: "file" }, input,
    el("strong", {}, t("upload.drop")),
    el("span", { class: "button strong" }, t("upload.pick")),
    el("span", { class: "help" }, t("upload.drop_help", { suffixes: desk.suffixes.join(" "), megabytes: number(desk.limit_bytes / 2 ** 20) })));
  const kind = () => /** @type {HTMLInputElement} */ (kinds.querySelector("input:checked")).value;

  const fillProfiles = () => {
    const mine = desk.profiles.filter((item) => item.kind === kind());
    profile.replaceChildren(el("option", { value: "" }, t("upload.profile_none")), ...mine.map((item) => el("option", { value: item.name }, item.name)));
    profiles.hidden = mine.length === 0;
  };
  kinds.addEventListener("change", fillProfiles);
  fillProfiles();

  /** @param {FileList | null | undefined} files */
  const take = (files) => {
    if (!files || files.length === 0) return;
    if (files.length > 1) onTrouble(t("upload.one_file"));
    else if (files[0].size > desk.limit_bytes) onTrouble(t("upload.too_large", { megabytes: number(desk.limit_bytes / 2 ** 20) }));
    else onFile(files[0], kind(), /** @type {HTMLSelectElement} */ (profile).value || null);
    input.value = "";
  };
  input.addEventListener("change", () => take(input.files));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
  return el("section", { class: "card" },
    el("h2", {}, t("upload.what")), kinds, profiles, drop,
    el("p", { class: "help" }, t("upload.care")));
}

/**
 * Uploads that are not finished, and the ledger of what came in before.
 * @param {Desk} desk
 * @param {(id: string) => void} open
 */
export function earlier(desk, open) {
  const waiting = desk.jobs.filter((job) => !["done", "cancelled"].includes(job.state));
  /** @param {any} counts */
  const figures = (counts) => ["rows_in", "accepted", "quarantined", "duplicates"].map((key) => el("td", { class: "n" }, number(counts?.[key])));
  /** @param {string[]} heads */
  const header = (heads) => el("thead", {}, el("tr", {}, ...heads.map((key) => el("th", { class: key.startsWith("count.") ? "n" : "", scope: "col" }, t(`upload.${key}`)))));
  const counts = ["count.rows_in", "count.accepted", "count.quarantined", "count.duplicates"];
  return [
    waiting.length > 0 && el("section", { class: "card" },
      el("h2", {}, t("upload.unfinished")),
      el("div", { class: "wide-table" }, el("table", { class: "list" }, header(["file", "kind", "state", ...counts]), el("tbody", {},
        ...waiting.map((job) => el("tr", {},
          el("td", {}, el("button", { type: "button", class: "link", on: { click: () => open(job.id) } }, job.file.name)),
          el("td", {}, job.kind_label), el("td", {}, job.state_label), ...figures(job.counts))))))),
    desk.imports.length > 0 && el("section", { class: "card" },
      el("h2", {}, t("upload.ledger")),
      el("p", { class: "help" }, t("upload.ledger_help")),
      el("div", { class: "wide-table" }, el("table", { class: "list" }, header(["file", "kind", "by", "at", ...counts]), el("tbody", {},
        ...desk.imports.map((line) => el("tr", {},
          el("td", {}, line.file, line.state === "unfinished" && el("span", { class: "need" }, ` ${t("upload.line.unfinished")}`)),
          el("td", {}, line.kind_label ?? term("upload.kind", line.kind)), el("td", {}, line.who), el("td", {}, line.at.slice(0, 16).replace("T", " ")), ...figures(line.counts))))))),
  ];
}
