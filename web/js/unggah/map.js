// @ts-check
/** Where the rows lie: villages and their names for orientation, one mark a row. */

import { ask } from "../api.js";
import { el } from "../dom.js";
import { canDraw } from "../map.js";
import { buildStyle } from "../style.js";
import { t, term } from "../words.js";
import { OUTCOMES } from "./rows.js";

const KEPT = /^(sea|land|shore|border-\d|label-\d)$/;
const INK = { accepted: ["#0b3d91", "#ffffff", 1.5], quarantined: ["#ffffff", "#c2410c", 3.5], duplicate: ["#8a949d", "#ffffff", 1.5] };
const MOST = 500;

/** @param {any[]} rows */
function collection(rows) {
  const seen = rows.filter((row) => row.lon !== null && row.lat !== null);
  const features = seen.map((row) => ({
    type: "Feature", geometry: { type: "Point", coordinates: [row.lon, row.lat] },
    properties: { row: row.row ?? row.number, text: row.reason?.message ?? row.title ?? row.place ?? "", where: row.place ?? "", precision: row.precision ?? "" },
  }));
  return { type: "FeatureCollection", features };
}

/**
 * @param {any} job
 * @param {number[]} bounds  of the published map
 */
export function rowMap(job, bounds) {
  const box = el("div", { class: "desk-map", id: "desk-map", role: "region", "aria-label": t("upload.map.label") });
  const key = el("p", { class: "key" }, ...OUTCOMES.map((name) => el("span", {}, el("span", { class: `mark-dot ${name}`, "aria-hidden": "true" }), t(`upload.count.${name}`))), el("span", {}, t("upload.map.area_note")));
  /** @type {any} */
  let map = null;

  async function draw() {
    const gl = await import("../../vendor/maplibre-gl/maplibre-gl.mjs");
    gl.setWorkerUrl(new URL("../../vendor/maplibre-gl/maplibre-gl-worker.mjs", import.meta.url).href);
    const whole = buildStyle("score");
    const style = { ...whole, layers: whole.layers.filter((layer) => KEPT.test(layer.id)) };
    style.sources = /** @type {any} */ ({ land: whole.sources.land, areas: whole.sources.areas });
    map = new gl.Map({ container: box, style, bounds, fitBoundsOptions: { padding: 16 }, minZoom: 4, maxZoom: 16, dragRotate: false, fadeDuration: 0, attributionControl: false,
      transformRequest: (/** @type {string} */ url) => ({ url: new URL(url, location.href).href }) });
    map.touchZoomRotate.disableRotation();
    map.addControl(new gl.NavigationControl({ showCompass: false }), "top-left");
    map.addControl(new gl.ScaleControl({ maxWidth: 110 }), "bottom-left");
    const [found] = await Promise.all([
      Promise.all(OUTCOMES.map((outcome) => ask(`${job.href}/rows`, { outcome, limit: MOST }))),
      new Promise((resolve) => map.once("style.load", resolve)),
    ]);
    /** @type {[number, number][]} */
    const all = [];
    for (const [i, name] of OUTCOMES.entries()) {
      const data = collection(found[i].rows);
      all.push(...data.features.map((item) => /** @type {[number, number]} */ (item.geometry.coordinates)));
      const [fill, edge, width] = /** @type {any} */ (INK)[name];
      map.addSource(name, { type: "geojson", data });
      map.addLayer({ id: name, type: "circle", source: name,
        paint: { "circle-radius": 5.5, "circle-color": fill, "circle-stroke-color": edge, "circle-stroke-width": width, "circle-opacity": ["match", ["get", "precision"], "exact", 1, 0.55] } });
      map.on("click", name, (/** @type {any} */ event) => tell(gl, event.lngLat, event.features[0].properties));
    }
    if (all.length > 0) fit(all);
    box.dataset.points = String(all.length);
  }

  /** @param {[number, number][]} all */
  function fit(all) {
    const lons = all.map(([lon]) => lon).sort((a, b) => a - b);
    const lats = all.map(([, lat]) => lat).sort((a, b) => a - b);
    // A far-away mistake must not make everything else one dot.
    const cut = Math.floor(all.length / 50);
    map.fitBounds([[lons[cut], lats[cut]], [lons[lons.length - 1 - cut], lats[lats.length - 1 - cut]]], { padding: 40, maxZoom: 12, duration: 0 });
  }

  /** @param {any} gl @param {any} at @param {any} about */
  function tell(gl, at, about) {
    const text = [t("upload.map.row", { row: about.row }), about.text, about.where, about.precision && term("precision", about.precision)].filter(Boolean);
    new gl.Popup({ closeButton: false, maxWidth: "260px" }).setLngLat(at).setDOMContent(el("div", {}, ...text.map((line) => el("div", {}, line)))).addTo(map);
  }

  /** @param {any} row */
  const show = (row) => {
    if (map) map.flyTo({ center: [row.lon, row.lat], zoom: Math.max(map.getZoom(), 10.5), duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 500 });
  };
  return { node: el("div", {}, box, key), show, draw: canDraw() ? draw : async () => box.replaceChildren(el("p", { class: "card" }, t("no_webgl"))), remove: () => map?.remove() };
}
