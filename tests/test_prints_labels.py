"""Names on the map: no two overlap, all are inside the frame, and placed + listed = all."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from prints.labels import Box, Labels, Wanted, anchor, place

FRAME = (0.0, 0.0, 200.0, 150.0)


@st.composite
def wanted(draw: st.DrawFn) -> list[Wanted]:
    """Areas of a grid of boxes, some of them far too small for their name."""
    columns, rows = draw(st.integers(1, 9)), draw(st.integers(1, 8))
    left, top = draw(st.floats(2, 60)), draw(st.floats(2, 40))
    wide, high = draw(st.floats(0.6, 140)) / columns, draw(st.floats(0.6, 110)) / rows
    shapes = [
        shapely.box(left + wide * c, top + high * r, left + wide * (c + 1), top + high * (r + 1))
        for r in range(rows)
        for c in range(columns)
    ]
    widths = draw(st.lists(st.floats(2.0, 60.0), min_size=len(shapes), max_size=len(shapes)))
    return [Wanted(f"k{i:03d}", shape, width, 3.0) for i, (shape, width) in enumerate(zip(shapes, widths, strict=True))]


def overlaps(a: Box, b: Box) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]


def check(items: list[Wanted], labels: Labels, taken: list[Box]) -> None:
    boxes = [item.box for item in labels.placed]
    for i, box in enumerate(boxes):
        assert not any(overlaps(box, other) for other in boxes[i + 1 :])
        assert not any(overlaps(box, other) for other in taken)
        assert FRAME[0] <= box[0] and FRAME[1] <= box[1] and box[2] <= FRAME[2] and box[3] <= FRAME[3]
    named = [item.key for item in labels.placed if item.number is None]
    assert sorted([*named, *labels.listed]) == [item.key for item in items]
    for item in labels.placed:
        if item.number is not None:
            assert labels.listed[item.number - 1] == item.key


@settings(max_examples=40, deadline=None)
@given(wanted())
def test_no_overlap_and_nothing_lost(items: list[Wanted]) -> None:
    taken = [(90.0, 60.0, 120.0, 70.0)]
    check(items, place(items, FRAME, taken), taken)


@settings(max_examples=10, deadline=None)
@given(wanted())
def test_same_names_same_places(items: list[Wanted]) -> None:
    assert place(items, FRAME) == place(items, FRAME)


@settings(max_examples=25, deadline=None)
@given(wanted())
def test_leader_lines_cross_neither_names_nor_each_other(items: list[Wanted]) -> None:
    labels = place(items, FRAME)
    lines = [(item, shapely.LineString((item.leader[:2], item.leader[2:]))) for item in labels.placed if item.leader]
    for i, (item, line) in enumerate(lines):
        assert not any(line.crosses(other) for _, other in lines[i + 1 :])
        for other in labels.placed:
            if other is not item:
                inner = shapely.box(*other.box).buffer(-0.01)
                assert not line.intersects(inner)


def test_a_name_with_room_stands_at_the_pole_of_its_area() -> None:
    shape = shapely.box(20, 20, 80, 60)
    (label,) = place([Wanted("a", shape, 20.0, 3.0)], FRAME).placed
    x, y, room = anchor(shape)
    assert (label.x, label.y) == (x, y) and label.leader is None and abs(room - 20.0) < 0.5


def test_a_name_without_room_gets_a_leader_line_to_its_area() -> None:
    shape = shapely.box(50, 50, 52, 52)
    (label,) = place([Wanted("a", shape, 30.0, 3.0)], FRAME).placed
    assert label.leader is not None and shape.covers(shapely.Point(label.leader[2:]))


def test_what_cannot_be_named_is_numbered_in_the_order_asked() -> None:
    items = [Wanted(f"k{i}", shapely.box(20 + 5 * i, 20, 25 + 5 * i, 25), 190.0, 100.0) for i in range(3)]
    labels = place(items, FRAME)
    assert labels.listed == ("k0", "k1", "k2")
    assert [item.number for item in labels.placed] == [1, 2, 3]


def test_symbols_give_way_before_a_name_becomes_a_number() -> None:
    shape = shapely.box(50, 50, 90, 60)
    everywhere = [(0.0, 0.0, 200.0, 150.0)]
    labels = place([Wanted("a", shape, 30.0, 3.0)], FRAME, soft=everywhere)
    assert labels.listed == () and labels.placed[0].number is None


def test_names_of_neighbours_are_left_out_where_there_is_no_room() -> None:
    labels = place([Wanted("a", shapely.box(50, 50, 52, 52), 30.0, 3.0)], FRAME, optional=True)
    assert labels == Labels((), ())


def test_an_area_that_is_not_in_the_frame_is_still_listed() -> None:
    items = [Wanted("far", shapely.Polygon(), 10.0, 3.0), Wanted("here", shapely.box(20, 20, 80, 60), 10.0, 3.0)]
    labels = place(items, FRAME)
    assert labels.listed == ("far",) and [item.key for item in labels.placed] == ["here"]
