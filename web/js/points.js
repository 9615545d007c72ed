// @ts-check
/** Incidents, polling stations and sites as marks, asked for the part of the map in sight. */

import { ask } from "./api.js";
import { settled } from "./dom.js";
import { LAYERS } from "./state.js";
import { t, trouble } from "./words.js";

const LIMIT = 2000;

/**
 * @param {any} map
 * @param {import("./state.js").Store} store
 * @param {(text: string) => void} onTrouble
 */
export function followPoints(map, store, onTrouble) {
  /** @type {Map<string, AbortController>} */
  const running = new Map();

  /** @param {string} id @param {string} bbox */
  async function fetchOne(id, bbox) {
    running.get(id)?.abort();
    const stop = new AbortController();
    running.set(id, stop);
    try {
      const found = await ask(`/api/collections/${id}/items`, { bbox, limit: LIMIT }, stop.signal);
      map.getSource(id).setData({ type: "FeatureCollection", features: found.features.filter((/** @type {any} */ one) => one.geometry) });
      if (found.numberMatched > found.features.length) onTrouble(t("layers.many", { shown: found.features.length, all: found.numberMatched }));
    } catch (error) {
      if (!(error instanceof DOMException)) onTrouble(`${t(`layer.${id}`)}: ${trouble(error)}`);
    }
  }

  function refresh() {
    const box = map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((x) => x.toFixed(4)).join(",");
    for (const id of LAYERS) {
      const wanted = store.state.layers.includes(id);
      map.setLayoutProperty(id, "visibility", wanted ? "visible" : "none");
      if (wanted) void fetchOne(id, bbox);
    }
  }

  map.on("moveend", settled(refresh, 250));
  store.follow((_, changed) => {
    if (changed.has("layers")) refresh();
  });
  refresh();
}
