"""Villages to cells with one owner: h3ronpy as we use it, against the loop over h3-py that everybody writes."""

from __future__ import annotations

import h3
import h3ronpy.vector as h3v
import numpy as np
import pyarrow as pa
import shapely
from h3ronpy import ContainmentMode

from benchmarks import ground
from benchmarks.race import Race


def race() -> Race:
    shapes = ground.villages().geometry.to_numpy()

    def ours() -> object:
        wkb = pa.array(shapely.to_wkb(shapes))
        lists = pa.array(h3v.wkb_to_cells(wkb, 8, containment_mode=ContainmentMode.ContainsCentroid))
        return np.sort(lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64))

    def theirs() -> object:
        found = [h3.str_to_int(cell) for shape in shapes for cell in h3.geo_to_cells(shape, 8)]
        return np.sort(np.array(found, dtype=np.uint64))

    return Race("polyfill", "1,038 villages, res 8", ours, theirs, lambda a, b: np.array_equal(a, b), "h3-py loop", 3)
