"""The colours of the classes: one place for tiles, page and paper.

YlOrRd-5 (ColorBrewer): lightness falls monotonically, so it survives photocopying and red-green blindness.
"""

from __future__ import annotations

CLASS_COLOURS = ("#ececec", "#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026")  # class 0..5
HATCH_COLOUR = "#8a8a8a"  # lines over class 0: not monitored is not safe
