"""Names beside points: "Yucatán" lay on another state's point and on a limit of the funnel."""

from hypothesis import given
from hypothesis import strategies as st

from indicators.charts.axes import LETTER, beside

SIZE = (600.0, 350.0)


def test_a_name_goes_to_the_side_where_nothing_is_drawn():
    mark = (300.0, 100.0)
    right = (330.0, 100.0)
    line = [(float(x), 85.0) for x in range(0, 600, 10)]
    (free,) = beside([("Yucatán", mark)], [mark], SIZE)
    assert (free["xanchor"], free["yanchor"]) == ("left", "middle")
    (beside_point,) = beside([("Yucatán", mark)], [mark, right], SIZE)
    assert beside_point["xanchor"] == "right"
    (above_line,) = beside([("Yucatán", mark)], [mark, right, (270.0, 100.0), *line], SIZE)
    assert above_line["yanchor"] == "bottom"


@given(st.floats(0, SIZE[0]), st.floats(0, SIZE[1]), st.text("abc", min_size=1, max_size=12))
def test_a_name_never_leaves_the_plot(x, y, words):
    (side,) = beside([(words, (x, y))], [], SIZE)
    width = len(words) * LETTER
    left = x + side["xshift"] - {"left": 0, "center": width / 2, "right": width}[side["xanchor"]]
    assert 0 <= left <= SIZE[0] - width
