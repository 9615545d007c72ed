"""What Typst leaves open: document facts and the geospatial viewport (ISO 32000-2, 12.10), so that the sheet opens in a GIS."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String

from prints.frame import Frame

_POINTS = 72.0 / 25.4  # per mm


def finish(raw: bytes, frame: Frame, page_height: float, subject: str, keywords: str) -> bytes:
    """The PDF with metadata and viewport, the same bytes for the same input."""
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        pdf.pages[0].obj["/VP"] = Array([_viewport(pdf, frame, page_height)])
        pdf.docinfo["/Subject"] = String(subject)
        pdf.docinfo["/Keywords"] = String(keywords)
        pdf.docinfo["/Producer"] = String("petarawan, Typst")
        out = io.BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            recompress_flate=False,
        )
    return out.getvalue()


def _viewport(pdf: pikepdf.Pdf, frame: Frame, page_height: float) -> pikepdf.Object:
    x0, y0, x1, y1 = frame.box
    corners = np.array([(x0, y1), (x0, y0), (x1, y0), (x1, y1)])  # lower left, then clockwise
    lonlat = frame.to_lonlat(corners)
    unit = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    system = Dictionary(Type=Name("/PROJCS"), EPSG=frame.epsg, WKT=String(frame.wkt()))
    measure = Dictionary(
        Type=Name("/Measure"),
        Subtype=Name("/GEO"),
        Bounds=_numbers(unit),
        GPTS=_numbers([value for lon, lat in lonlat.tolist() for value in (lat, lon)], 10),
        LPTS=_numbers(unit),
        GCS=pdf.make_indirect(system),
    )
    box = [x0 * _POINTS, (page_height - y1) * _POINTS, x1 * _POINTS, (page_height - y0) * _POINTS]
    view = Dictionary(
        Type=Name("/Viewport"), Name=String("peta"), BBox=_numbers(box, 4), Measure=pdf.make_indirect(measure)
    )
    return pdf.make_indirect(view)


def _numbers(values: list[float], decimals: int = 6) -> pikepdf.Array:
    text = "[" + " ".join(f"{value:.{decimals}f}" for value in values) + "]"
    array = pikepdf.Object.parse(text.encode("ascii"))
    assert isinstance(array, pikepdf.Array)
    return array
