"""A3 landscape: the map on the left, one column of explanation on the right; one page, whatever the area."""

from __future__ import annotations

from pathlib import Path

PAGE = (420.0, 297.0)  # mm
MAP = (14.5, 14.5, 284.5, 282.5)  # the map frame
MARGIN = 9.0  # mm kept free around the area inside the frame
COLUMN = (293.0, 10.5, 116.5, 276.0)  # x, y, width, height of the right column
LOCATION = (40.0, 50.0)  # the location diagram
TEMPLATE = Path(__file__).with_suffix(".typ")
