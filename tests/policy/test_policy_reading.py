"""Reading a parameter: exact numbers, dimensions, bands, refusals and the record of what was read."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead, Source
from tongchou.core.text import Text
from tongchou.policy import Bands, Policy, PolicyView
from tongchou.policy.cursor import Cursor
from tongchou.policy.exact_yaml import Raw
from tongchou.policy.parameter import Parameter, Unit
from tongchou.policy.value import Scalar, read_value

ON = date(2025, 6, 30)


@pytest.fixture(scope="module")
def view_of(
    write_pack: Callable[..., Path], policy_of: Callable[..., Policy], declared: Callable[..., str]
) -> Callable[..., PolicyView]:
    """Return a function that makes a view of one parameter `room/thing` with one value from 2025."""

    def view(unit: str, value: str, dimensions: str = "[]", more: str = "") -> PolicyView:
        file = declared(unit, {"2025-01-01": value}, dimensions, more)
        return policy_of(write_pack("land", files={"room/thing": file})).at(ON, "land")

    return view


OVER_WEIGHT = "bands_over: {zh: 权重, en: weight}"


def test_each_unit_is_read_in_its_exact_form(view_of: Callable[..., PolicyView]) -> None:
    assert view_of("ratio", "0.95").e4("room/thing") == 9_500
    assert view_of("points", "92.5").e4("room/thing") == 925_000
    assert view_of("yuan", "-1200.05").fen("room/thing") == -120_005
    assert view_of("days", "60").whole("room/thing") == 60
    assert view_of("count", "30").whole("room/thing") == 30
    assert view_of("whole", "7.0").whole("room/thing") == 7
    assert view_of("text", "measured").text("room/thing") == "measured"


def test_a_text_that_looks_like_a_number_is_kept_when_quoted(view_of: Callable[..., PolicyView]) -> None:
    assert view_of("text", "'0100'").text("room/thing") == "0100"


@given(e4=st.integers(-(10**12), 10**12))
def test_every_ratio_of_four_decimals_is_kept_exactly(e4: int) -> None:
    number = Decimal(e4).scaleb(-4)
    assert read_value(Cursor(number, Path("f.yaml")), _plain(Unit.RATIO)) == Scalar(str(number), e4)


@given(fen=st.integers(-(10**14), 10**14))
def test_every_amount_of_two_decimals_is_kept_exactly(fen: int) -> None:
    number = Decimal(fen).scaleb(-2)
    assert read_value(Cursor(number, Path("f.yaml")), _plain(Unit.YUAN)) == Scalar(str(number), fen)


def test_a_dimension_is_answered_by_its_key_and_others_by_default(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("points", "{007: 80, default: 90}", "[institution_id]")
    assert view.e4("room/thing", institution_id="007") == 800_000
    assert view.e4("room/thing", institution_id="7") == 900_000


def test_dimensions_nest_in_the_order_declared(view_of: Callable[..., PolicyView]) -> None:
    value = "{inpatient: {tertiary: 900, primary: 300}, default: {default: 50}}"
    view = view_of("yuan", value, "[kind, level]")
    assert view.fen("room/thing", level="primary", kind="inpatient") == 30_000
    assert view.fen("room/thing", level="primary", kind="outpatient") == 5_000


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("up_to", {0: 3, 1: 3, 10_000: 3, 10_001: 2, 20_000: 2, 20_001: 1, 10**9: 1}),
        ("below", {0: 3, 1: 3, 9_999: 3, 10_000: 2, 19_999: 2, 20_000: 1, 10**9: 1}),
    ],
)
def test_bands_at_under_and_over_each_bound(
    view_of: Callable[..., PolicyView], bound: str, expected: dict[int, int]
) -> None:
    value = f"[{{{bound}: 1, value: 3}}, {{{bound}: 2, value: 2}}, {{above: rest, value: 1}}]"
    bands = view_of("ratio", value, more=OVER_WEIGHT).bands("room/thing")
    assert {value_e4: bands.at(value_e4) for value_e4 in expected} == {
        value_e4: ratio * 10_000 for value_e4, ratio in expected.items()
    }
    assert bands.slices == ((0, 10_000, 30_000), (10_000, 20_000, 20_000), (20_000, None, 10_000))


def test_bands_may_differ_by_a_dimension(view_of: Callable[..., PolicyView]) -> None:
    value = "{tertiary: [{above: rest, value: 3}], primary: [{up_to: 1, value: 2}, {above: rest, value: 1.5}]}"
    view = view_of("ratio", value, "[level]", OVER_WEIGHT)
    assert view.bands("room/thing", level="tertiary").at(50_000) == 30_000
    assert view.bands("room/thing", level="primary").at(50_000) == 15_000


def test_a_negative_figure_is_in_no_band() -> None:
    with pytest.raises(TongchouError) as refusal:
        Bands(((0, None, 10_000),), includes_upper=True).at(-1)
    assert refusal.value.sentence("en") == (
        "[policy.below_bands] the figure lies outside all bands (-0.0001): bands begin at zero. "
        "To mend it: check whether the figure should be negative."
    )


def test_a_reading_is_recorded_with_all_that_an_explanation_shows(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("yuan", "{inpatient: {default: 300.50}}", "[kind, level]")
    view.fen("room/thing", level="primary", kind="inpatient")
    assert view.reads == (
        ParameterRead(
            name="room/thing",
            title=Text("甲", "thing"),
            key="kind=inpatient, level=primary",
            value="300.50",
            unit="yuan",
            valid_from=date(2025, 1, 1),
            level="national: land区 / land",
            source=Source("文件", number="测〔2025〕1号"),
        ),
    )


def test_bands_are_recorded_in_one_line(view_of: Callable[..., PolicyView]) -> None:
    inclusive = view_of("ratio", "[{up_to: 0.05, value: 1}, {above: rest, value: 0.60}]", more=OVER_WEIGHT)
    exclusive = view_of("ratio", "[{below: 60, value: 0}, {above: rest, value: 1}]", more=OVER_WEIGHT)
    inclusive.bands("room/thing")
    exclusive.bands("room/thing")
    assert [read.value for read in inclusive.reads] == ["≤0.05: 1; rest: 0.6"]
    assert [read.value for read in exclusive.reads] == ["<60: 0; rest: 1"]


def test_a_block_records_what_is_read_inside_it_each_once(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("ratio", "{tertiary: 1.1, primary: 0.8}", "[level]")
    view.e4("room/thing", level="tertiary")
    with view.recording() as outer:
        view.e4("room/thing", level="primary")
        with view.recording() as inner:
            view.e4("room/thing", level="primary")
            view.e4("room/thing", level="tertiary")
    view.e4("room/thing", level="tertiary")
    with view.recording() as later:
        view.e4("room/thing", level="primary")
    assert [read.key for read in outer] == ["level=primary", "level=tertiary"]
    assert [read.key for read in inner] == ["level=primary", "level=tertiary"]
    assert [read.key for read in later] == ["level=primary"]
    assert [read.key for read in view.reads] == ["level=tertiary", "level=primary"]


def test_blocks_that_hold_equal_readings_close_each_their_own(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("ratio", "0.5")
    with view.recording() as outer:
        with view.recording():
            pass
        view.e4("room/thing")
    assert [read.value for read in outer] == ["0.5"]


def test_a_block_left_by_an_error_records_no_more(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("ratio", "0.5")
    with pytest.raises(KeyError), view.recording() as reads:
        raise KeyError
    view.e4("room/thing")
    assert reads == []


REFUSED = [
    (
        lambda view: view.e4("room/thin", level="primary"),
        "[policy.unknown_parameter] 没有名为 room/thin 的参数（room/thin, land）："
        "这些政策包都没有声明它；相近的有 room/thing。请改正名称，或在政策包中声明该参数。",
        "[policy.unknown_parameter] there is no parameter named room/thin (room/thin, land): none of "
        "these packs declares it; similar names: room/thing. To mend it: correct the name, or declare the "
        "parameter in a pack.",
    ),
    (
        lambda view: view.e4("room/thing"),
        "[policy.wrong_dimensions] 读取“甲”时维度不对（room/thing []）：它的维度为：level。请按声明的维度读取。",
        "[policy.wrong_dimensions] 'thing' was read by the wrong dimensions (room/thing []): its dimensions "
        "are: level. To mend it: read it by the declared dimensions.",
    ),
    (
        lambda view: view.e4("room/thing", level="primary", kind="inpatient"),
        "[policy.wrong_dimensions] 读取“甲”时维度不对（room/thing [level=primary, kind=inpatient]）："
        "它的维度为：level。请按声明的维度读取。",
        "[policy.wrong_dimensions] 'thing' was read by the wrong dimensions (room/thing [level=primary, "
        "kind=inpatient]): its dimensions are: level. To mend it: read it by the declared dimensions.",
    ),
    (
        lambda view: view.e4("room/thing", level="secondary"),
        "[policy.unknown_dimension_value] 等级没有“secondary”这个取值（room/thing [level=secondary]）："
        "取值为 tertiary、primary。请改正取值。",
        "[policy.unknown_dimension_value] level has no value 'secondary' (room/thing [level=secondary]): its "
        "values are tertiary, primary. To mend it: correct the value.",
    ),
    (
        lambda view: view.e4("room/thing", level="primary"),
        "[policy.no_value] 参数“甲”没有 level=primary 的值（room/thing, land, 2025-01-01）："
        "land区的值既没有列出它，也没有 default。请在 parameters/room/thing.yaml 中补上。",
        "[policy.no_value] the parameter 'thing' has no value for level=primary (room/thing, land, "
        "2025-01-01): its value in land lists neither it nor a default. "
        "To mend it: add it in parameters/room/thing.yaml.",
    ),
    (
        lambda view: view.fen("room/thing", level="tertiary"),
        "[policy.wrong_unit] 不能把“甲”按 yuan 读取（room/thing）：它的单位是 ratio。请按其单位读取。",
        "[policy.wrong_unit] 'thing' cannot be read as yuan (room/thing): its unit is ratio. "
        "To mend it: read it in its unit.",
    ),
    (
        lambda view: view.bands("room/thing", level="tertiary"),
        "[policy.wrong_unit] 不能把“甲”按 bands 读取（room/thing）：它的单位是 ratio。请按其单位读取。",
        "[policy.wrong_unit] 'thing' cannot be read as bands (room/thing): its unit is ratio. "
        "To mend it: read it in its unit.",
    ),
]


@pytest.mark.parametrize(("read", "zh", "en"), REFUSED, ids=range(len(REFUSED)))
def test_a_reading_is_refused_in_both_languages(
    view_of: Callable[..., PolicyView], read: Callable[[PolicyView], int], zh: str, en: str
) -> None:
    view = view_of("ratio", "{tertiary: 1.1}", "[level]")
    with pytest.raises(TongchouError) as refusal:
        read(view)
    assert str(refusal.value) == f"{zh}\n{en}"
    assert view.reads == ()


def test_a_banded_ratio_is_not_one_ratio(view_of: Callable[..., PolicyView]) -> None:
    view = view_of("ratio", "[{above: rest, value: 1}]", more=OVER_WEIGHT)
    with pytest.raises(TongchouError, match=r"policy\.wrong_unit") as refusal:
        view.e4("room/thing")
    assert "its unit is ratio (bands)" in refusal.value.sentence("en")


@settings(max_examples=200)
@given(
    cuts=st.lists(st.integers(1, 10**8), min_size=0, max_size=5, unique=True).map(sorted),
    value_e4=st.integers(0, 2 * 10**8),
    word=st.sampled_from(["up_to", "below"]),
)
def test_a_figure_lies_in_exactly_one_band(cuts: list[int], value_e4: int, word: str) -> None:
    raw: list[Raw] = [{word: Decimal(cut).scaleb(-4), "value": Decimal(number)} for number, cut in enumerate(cuts)]
    content: Raw = [*raw, {"above": "rest", "value": Decimal(len(cuts))}]
    bands = read_value(Cursor(content, Path("f.yaml")), _plain(Unit.RATIO, bands_over=Text("权重", "weight")))
    assert isinstance(bands, Bands)
    below = [cut for cut in cuts if (cut < value_e4 if word == "up_to" else cut <= value_e4)]
    assert bands.at(value_e4) == len(below) * 10_000


def _plain(unit: Unit, bands_over: Text | None = None) -> Parameter:
    words = Text("甲", "thing")
    return Parameter("room/thing", words, words, unit, (), None, None, (), bands_over)
