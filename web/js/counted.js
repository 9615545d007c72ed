// @ts-check
/** Records known only to an area have no point: they are shown as a number beside the area's label, never as a made-up place. */

import { ask } from "./api.js";
import { LAYERS } from "./state.js";

const MOST = 10000;

/**
 * How many records of a layer are known only to an area, by code; null where there are too many to ask for.
 * @param {string} id
 * @returns {Promise<Map<string, number> | null>}
 */
async function withoutPoint(id) {
  const found = await ask(`/api/collections/${id}/items`, { limit: MOST });
  if (found.numberMatched > found.features.length) return null;
  const counts = new Map();
  for (const one of found.features) {
    if (!one.geometry) counts.set(one.properties.kode, (counts.get(one.properties.kode) ?? 0) + 1);
  }
  return counts;
}

/** The level whose names stand on the map at a zoom, as in style.js. @param {number} zoom */
function labelled(zoom) {
  return zoom < 7.6 ? 2 : zoom < 9.8 ? 3 : 4;
}

/**
 * Numbers at the labels in sight; what lies deeper is added to the area above that has a label.
 * @param {Map<string, number>} counts
 * @param {any[]} labels  features of the labels
 * @param {number} level
 */
function atLabels(counts, labels, level) {
  const sums = new Map();
  for (const [kode, count] of counts) {
    const above = kode.split(".").slice(0, level).join(".");
    sums.set(above, (sums.get(above) ?? 0) + count);
  }
  const features = new Map();
  for (const { properties, geometry } of labels) {
    const count = sums.get(properties.kode);
    if (count) features.set(properties.kode, { type: "Feature", geometry, properties: { kode: properties.kode, count } });
  }
  return [...features.values()];
}

/**
 * @param {any} map
 * @param {import("./state.js").Store} store
 * @param {(error: unknown) => void} onTrouble
 */
export function followCounted(map, store, onTrouble) {
  /** @type {Map<string, Promise<Map<string, number> | null>>} */
  const asked = new Map();
  /** @type {Map<string, string>} */
  const drawn = new Map();

  /** @param {string} id */
  async function draw(id) {
    if (!asked.has(id)) asked.set(id, withoutPoint(id));
    const counts = await asked.get(id);
    if (!counts) return;
    const labels = map.querySourceFeatures("areas", { sourceLayer: "labels" });
    const features = atLabels(counts, labels, labelled(map.getZoom()));
    const key = features.map((one) => `${one.properties.kode}=${one.properties.count}`).sort().join();
    if (drawn.get(id) === key) return; // else every drawing would call for the next
    drawn.set(id, key);
    map.getSource(`${id}-counted`).setData({ type: "FeatureCollection", features });
  }

  function refresh() {
    for (const id of LAYERS) {
      const wanted = store.state.layers.includes(id);
      map.setLayoutProperty(`${id}-counted`, "visibility", wanted ? "visible" : "none");
      if (wanted) draw(id).catch(onTrouble);
    }
  }

  map.on("idle", () => {
    for (const id of store.state.layers) draw(id).catch(onTrouble);
  });
  store.follow((_, changed) => {
    if (changed.has("layers")) refresh();
  });
  refresh();
}
