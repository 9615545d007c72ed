// @ts-check
/** The upload page: choose a file, look at how it was read, take it into the register. The job's id stands in the address. */

import { ask } from "../api.js";
import { byId, el } from "../dom.js";
import { fillPage, loadWords, number, t, trouble } from "../words.js";
import { choose, earlier } from "./choose.js";
import { columns } from "./columns.js";
import { confirmBar, finished, quarantineLink, remarks } from "./finish.js";
import { rowMap } from "./map.js";
import { rows } from "./rows.js";
import { send, sendFile } from "./send.js";

const POLL = 500;
const STEPS = ["choose", "look", "done"];
const BUSY = ["uploaded", "reading", "importing"];
const here = byId("here");
let turn = 0;
let toastTimer = 0;
/** @type {{remove: () => void} | null} */
let drawn = null;

/** @param {string} text */
function toast(text) {
  byId("toast").textContent = text;
  byId("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => byId("toast").classList.remove("shown"), 6000);
}

/** @param {string | null} text */
function alarm(text) {
  byId("alert").textContent = text ?? "";
  byId("alert").hidden = text === null;
}

/** @param {string} step */
function showStep(step) {
  const at = STEPS.indexOf(step);
  byId("steps").replaceChildren(...STEPS.map((name, i) => el("li", { class: i < at ? "past" : "", "aria-current": i === at ? "step" : null }, `${i + 1}. ${t(`upload.step.${name}`)}`)));
}

/** @param {...(Node | string | null | undefined | false)} content */
function show(...content) {
  drawn?.remove();
  drawn = null;
  here.replaceChildren(...content.filter((item) => item !== null && item !== undefined && item !== false));
}

const given = () => new URLSearchParams(location.hash.slice(1));

/** @param {Record<string, string | null>} patch */
function goTo(patch) {
  const next = given();
  for (const [name, value] of Object.entries(patch)) value === null ? next.delete(name) : next.set(name, value);
  history.pushState(null, "", `${location.pathname}#${next}`);
  void route();
}

/** Runs something the server may refuse and says why it did. @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    alarm(null);
    await work();
  } catch (error) {
    alarm(trouble(error));
    byId("alert").scrollIntoView({ block: "nearest" });
  }
}

async function route() {
  const mine = ++turn;
  const job = given().get("job");
  await attempt(() => (job ? follow(job, mine) : start(mine)));
  document.body.dataset.ready = "true";
}

/** @param {number} mine */
async function start(mine) {
  showStep("choose");
  const [desk, snapshot] = await Promise.all([ask("/api/imports", { lang: document.documentElement.lang }), ask("/api/snapshots/current")]);
  if (mine !== turn) return;
  const sample = snapshot.sample && el("p", { class: "alert", id: "sample" }, t("upload.sample"));
  show(sample, choose(desk, (file, kind, profile) => void attempt(() => upload(file, kind, profile)), (text) => alarm(text)), ...earlier(desk, (id) => goTo({ job: id })));
}

/** @param {string} label @param {() => void} [stop] */
function waiting(label, stop) {
  const bar = /** @type {HTMLProgressElement} */ (el("progress", { max: 1, "aria-label": label }));
  const text = el("p", { id: "doing", role: "status" }, label);
  show(el("section", { class: "card" }, text, bar, stop && el("p", {}, el("button", { type: "button", class: "button", id: "cancel", on: { click: stop } }, t("upload.cancel")))));
  return (/** @type {string} */ now, /** @type {number | null} */ done, /** @type {number | null} */ total) => {
    text.textContent = done !== null && total ? `${now}: ${number(done)} / ${number(total)}` : now;
    if (done !== null && total) bar.value = Math.min(1, done / total);
    else bar.removeAttribute("value");
  };
}

/** @param {File} file @param {string} kind @param {string | null} profile */
async function upload(file, kind, profile) {
  const tell = waiting(t("upload.sending", { name: file.name }));
  const query = new URLSearchParams({ kind, name: file.name, ...(profile ? { profile } : {}) });
  try {
    const { job } = await sendFile(`/api/imports?${query}`, file, (sent, all) => tell(t("upload.sending", { name: file.name }), Math.round(sent / 1024), Math.round(all / 1024)));
    goTo({ job });
  } catch (error) {
    await start(turn);
    throw error;
  }
}

/** Asks for the job until it waits for a person or is over. @param {string} id @param {number} mine */
async function follow(id, mine) {
  showStep("look");
  /** @type {ReturnType<typeof waiting> | null} */
  let tell = null;
  for (;;) {
    const job = await ask(`/api/imports/${encodeURIComponent(id)}`, { lang: document.documentElement.lang });
    if (mine !== turn) return;
    if (!BUSY.includes(job.state)) return draw(job);
    const stop = job.can.includes("cancel") ? () => void attempt(() => cancel(job)) : undefined;
    tell ??= waiting(job.state_label, stop);
    tell(job.progress.label ?? job.state_label, job.progress.done, job.progress.total);
    await new Promise((resolve) => setTimeout(resolve, POLL));
    if (mine !== turn) return;
  }
}

/** @param {any} job */
async function cancel(job) {
  await send("DELETE", job.href);
  goTo({ job: null });
  toast(t("upload.cancelled"));
}

/** @param {any} job @param {any} change */
async function again(job, change) {
  await send("PUT", `${job.href}/mapping`, change);
  void route();
}

/** @param {any} job @param {any} answer */
async function confirm(job, answer) {
  await send("POST", `${job.href}/confirm`, answer);
  void route();
}

/** @param {any} job */
async function draw(job) {
  if (job.state === "cancelled") return goTo({ job: null });
  if (job.state === "done") {
    showStep("done");
    show(finished(job, () => goTo({ job: null })));
    return;
  }
  const head = el("section", { class: "card" },
    el("h2", {}, job.file.name), el("p", { class: "help" }, `${job.kind_label} · ${number(job.file.size / 1024)} kB`),
    job.error && el("p", { class: "fault", role: "alert", id: "fault" }, el("strong", {}, job.error.detail), " ", job.error.hint ?? ""));
  const mapping = job.can.includes("mapping") && job.headers.length > 0 && columns(job, (change) => void attempt(() => again(job, change)));
  const bar = confirmBar(job, (answer) => void attempt(() => confirm(job, answer)), () => void attempt(() => cancel(job)));
  if (job.counts === null) {
    show(head, mapping, bar);
    return;
  }
  const { bounds } = await ask("/api/snapshots/current");
  const map = rowMap(job, bounds);
  const table = rows(job, map.show, (error) => toast(trouble(error)));
  head.append(table.tiles, ...[remarks(job), quarantineLink(job)].filter((node) => node !== null));
  show(head, mapping, el("section", { class: "card both" }, table.list, map.node), bar);
  drawn = map;
  void map.draw().catch((error) => toast(trouble(error)));
}

async function open() {
  const lang = given().get("lang") === "en" ? "en" : "id";
  await loadWords(lang);
  fillPage();
  document.title = `${t("upload.title")} · petarawan`;
  byId("to-map").setAttribute("href", lang === "en" ? "/#lang=en" : "/");
  for (const button of document.querySelectorAll("#languages button")) {
    const mine = /** @type {HTMLElement} */ (button).dataset.lang === lang;
    button.setAttribute("aria-pressed", String(mine));
    button.addEventListener("click", () => {
      const next = given();
      next.set("lang", /** @type {HTMLElement} */ (button).dataset.lang ?? "id");
      history.replaceState(null, "", `${location.pathname}#${next}`);
      location.reload();
    });
  }
  window.addEventListener("popstate", () => void route());
  await route();
}

open().catch((error) => alarm(`petarawan: ${error.message}`));
