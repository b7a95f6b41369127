"""Loading packs: every mistake of every file is found in one pass and named with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tongchou.core.errors import Problems
from tongchou.policy import Policy

Write = Callable[..., Path]
Load = Callable[..., Policy]

HEAD = "title: {zh: 甲, en: thing}\nmeaning: {zh: 甲, en: thing}\n"
SOURCE = "source: {title: 文件}"
RATIO = HEAD + "unit: ratio\ndimensions: []\n"
BY_LEVEL = HEAD + "unit: ratio\ndimensions: [level]\n"
BANDED = RATIO + "bands_over: {zh: 率, en: rate}\n"
TEXT = HEAD + "unit: text\ndimensions: []\n"


def value(written: str) -> str:
    """Return the `values` of a file with one value."""
    return f"values: [{{from: 2025-01-01, value: {written}, {SOURCE}}}]"


BROKEN = {
    "an unknown key": (RATIO + "unite: x\nvalues: []", ["policy.unknown_key: unite"]),
    "an unknown key of an entry": (
        RATIO + f"values: [{{from: 2025-01-01, value: 1, until: 2026-01-01, {SOURCE}}}]",
        ["policy.unknown_key: values[0].until"],
    ),
    "a missing title": (
        "meaning: {zh: a, en: a}\nunit: ratio\ndimensions: []\nvalues: []",
        ["policy.missing_key"],
    ),
    "a title in one language": (
        "title: {zh: 甲}\nmeaning: {zh: a, en: a}\nunit: ratio\ndimensions: []\nvalues: []",
        ["policy.missing_key: title"],
    ),
    "a missing source": (RATIO + "values: [{from: 2025-01-01, value: 1}]", ["policy.missing_key: values[0]"]),
    "an end without source": (
        RATIO + "values: [{from: 2025-01-01, value: null}]",
        ["policy.missing_key: values[0]"],
    ),
    "a source without title": (
        RATIO + "values: [{from: 2025-01-01, value: 1, source: {number: 1号}}]",
        ["policy.missing_key: values[0].source"],
    ),
    "a source number that is no text": (
        RATIO + "values: [{from: 2025-01-01, value: 1, source: {title: 文件, number: 12}}]",
        ["policy.wrong_type: values[0].source.number"],
    ),
    "a date that is no date": (
        RATIO + f"values: [{{from: 2025, value: 1, {SOURCE}}}]",
        ["policy.wrong_type: values[0].from"],
    ),
    "a repeated date": (
        RATIO + f"values: [{{from: 2025-01-01, value: 1, {SOURCE}}}, {{from: 2025-01-01, value: 1, {SOURCE}}}]",
        ["policy.dates_not_ascending: values[1].from"],
    ),
    "unordered dates": (
        RATIO + f"values: [{{from: 2025-01-02, value: 1, {SOURCE}}}, {{from: 2025-01-01, value: 1, {SOURCE}}}]",
        ["policy.dates_not_ascending: values[1].from"],
    ),
    "an unknown unit": (HEAD + "unit: percent\ndimensions: []\nvalues: []", ["policy.wrong_choice: unit"]),
    "an unknown dimension": (
        HEAD + "unit: ratio\ndimensions: [colour]\n" + value("{red: 1}"),
        ["policy.unknown_dimension: dimensions[0]"],
    ),
    "a value below its bounds": (
        RATIO + "bounds: {minimum: 0, maximum: 1}\n" + value("-0.0001"),
        ["policy.out_of_bounds: values[0].value"],
    ),
    "a value above its bounds": (
        RATIO + "bounds: {minimum: 0, maximum: 1}\n" + value("1.0001"),
        ["policy.out_of_bounds: values[0].value"],
    ),
    "a text that is no choice": (
        TEXT + "choices: [gt, ge]\n" + value("lt"),
        ["policy.wrong_choice: values[0].value"],
    ),
    "a text that looks like a number": (TEXT + value("2025"), ["policy.wrong_type: values[0].value"]),
    "a ratio finer than e4": (RATIO + value("0.12345"), ["policy.too_fine: values[0].value"]),
    "an amount finer than fen": (
        HEAD + "unit: yuan\ndimensions: []\n" + value("1.005"),
        ["policy.too_fine: values[0].value"],
    ),
    "a count with decimals": (
        HEAD + "unit: count\ndimensions: []\n" + value("1.5"),
        ["policy.too_fine: values[0].value"],
    ),
    "a number in quotes": (RATIO + value("'0.5'"), ["policy.wrong_type: values[0].value"]),
    "a number in scientific form": (RATIO + value("5e-1"), ["policy.wrong_type: values[0].value"]),
    "a percentage": (RATIO + value("95%"), ["policy.wrong_type: values[0].value"]),
    "a number in groups": (RATIO + value("1_000"), ["policy.wrong_type: values[0].value"]),
    "one value where there are dimensions": (BY_LEVEL + value("1"), ["policy.wrong_shape: values[0].value"]),
    "dimensions where there is one value": (RATIO + value("{a: 1}"), ["policy.wrong_shape: values[0].value"]),
    "an unknown value of a dimension": (
        BY_LEVEL + value("{tertiary: 1, secondry: 2}"),
        ["policy.wrong_shape: values[0].value.secondry"],
    ),
    "a value of a dimension that is null": (
        BY_LEVEL + value("{tertiary: null}"),
        ["policy.wrong_type: values[0].value.tertiary"],
    ),
    "one value where there are bands": (BANDED + value("1"), ["policy.wrong_type: values[0].value"]),
    "bands where there is one value": (
        RATIO + value("[{above: rest, value: 1}]"),
        ["policy.wrong_shape: values[0].value"],
    ),
    "no bands": (BANDED + value("[]"), ["policy.wrong_shape: values[0].value"]),
    "bands without the rest": (
        BANDED + value("[{up_to: 1, value: 1}]"),
        ["policy.wrong_shape: values[0].value"],
    ),
    "bands after the rest": (
        BANDED + value("[{above: rest, value: 1}, {up_to: 1, value: 1}]"),
        ["policy.wrong_shape: values[0].value"],
    ),
    "bands of two kinds": (
        BANDED + value("[{up_to: 1, value: 1}, {below: 2, value: 1}, {above: rest, value: 1}]"),
        ["policy.wrong_shape: values[0].value"],
    ),
    "bands that do not ascend": (
        BANDED + value("[{up_to: 1, value: 1}, {up_to: 1, value: 2}, {above: rest, value: 1}]"),
        ["policy.wrong_shape: values[0].value[1].up_to"],
    ),
    "a band that ends at zero": (
        BANDED + value("[{up_to: 0, value: 1}, {above: rest, value: 1}]"),
        ["policy.wrong_shape: values[0].value[0].up_to"],
    ),
    "a last band with a bound": (
        BANDED + value("[{above: 2, value: 1}]"),
        ["policy.wrong_type: values[0].value[0].above"],
    ),
    "a band without value": (BANDED + value("[{above: rest}]"), ["policy.missing_key: values[0].value[0]"]),
    "a band that is no mapping": (BANDED + value("[1]"), ["policy.wrong_type: values[0].value[0]"]),
    "a band beyond the bounds": (
        BANDED + "bounds: {maximum: 1}\n" + value("[{above: rest, value: 2}]"),
        ["policy.out_of_bounds: values[0].value[0].value"],
    ),
    "choices of a number": (RATIO + "choices: [a]\nvalues: []", ["policy.wrong_shape: choices"]),
    "bounds of a text": (TEXT + "bounds: {minimum: 1}\nvalues: []", ["policy.wrong_shape: bounds"]),
    "bands of an amount": (
        HEAD + "unit: yuan\ndimensions: []\nbands_over: {zh: 率, en: rate}\nvalues: []",
        ["policy.wrong_shape: bands_over"],
    ),
    "values that are no list": (RATIO + "values: {from: 2025-01-01}", ["policy.wrong_type: values"]),
    "a file that is a list": ("[1]", ["policy.wrong_type"]),
    "an empty file": ("", ["policy.wrong_type"]),
    "broken YAML": ("title: {zh: 甲\n", ["policy.bad_yaml, line 2"]),
    "a key twice": (RATIO + "values: []\nvalues: []", ["policy.bad_yaml, line 6"]),
    "a key twice deep inside": (BY_LEVEL + value("{tertiary: 1, tertiary: 2}"), ["policy.bad_yaml, line 5"]),
    "an alias": ("title: &a {zh: 甲, en: a}\nmeaning: *a\n", ["policy.bad_yaml, line 2"]),
    "a tag": ("title: !!python/name:os.system x\n", ["policy.bad_yaml, line 1"]),
    "a tagged number": (RATIO + value("!!float 1"), ["policy.bad_yaml, line 5"]),
    "a day that does not exist": (
        RATIO + f"values:\n  - {{from: 2025-02-30, value: 1, {SOURCE}}}",
        ["policy.bad_yaml, line 6"],
    ),
    "values of an undeclared parameter": (value("1"), ["policy.not_declared"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_mistake_in_a_parameter_file_is_named_with_its_place(write_pack: Write, policy_of: Load, kind: str) -> None:
    content, expected = BROKEN[kind]
    folder = write_pack("land", files={"room/thing": content})
    with pytest.raises(Problems) as found:
        policy_of(folder)
    file = folder / "parameters/room/thing.yaml"
    assert [f"{problem.code}{_inside(problem.where, file)}" for problem in found.value.problems] == expected


def test_bounds_include_both_ends(write_pack: Write, policy_of: Load) -> None:
    bounds = RATIO + "bounds: {minimum: 0, maximum: 1}\n"
    policy_of(write_pack("land", files={"low": bounds + value("0"), "high": bounds + value("1.0000")}))


def test_all_mistakes_of_all_files_are_reported_together(write_pack: Write, policy_of: Load) -> None:
    land = write_pack("land", files={"a": RATIO + value("0.12345"), "b": "title: {", "c": BY_LEVEL + value("{x: 1}")})
    city = write_pack("city", "city", "land", {"d": value("1"), "c": BY_LEVEL + "values: []"})
    with pytest.raises(Problems) as found:
        policy_of(land, city)
    assert sorted(
        (problem.code, Path(problem.where.split(":")[0].split(",")[0]).name) for problem in found.value.problems
    ) == [
        ("policy.bad_yaml", "b.yaml"),
        ("policy.declared_twice", "c.yaml"),
        ("policy.not_declared", "d.yaml"),
        ("policy.too_fine", "a.yaml"),
        ("policy.wrong_shape", "c.yaml"),
    ]


def test_a_problem_is_a_sentence_in_both_languages(write_pack: Write, policy_of: Load) -> None:
    folder = write_pack("land", files={"a": RATIO + "bounds: {maximum: 1}\n" + value("95")})
    with pytest.raises(Problems) as found:
        policy_of(folder)
    where = f"{folder}/parameters/a.yaml: values[0].value"
    assert str(found.value) == (
        f"[policy.out_of_bounds] 数值 95 超出允许范围（{where}）：允许范围为 不限 至 1（含两端）。"
        "请核对单位与数值（比率写 0.95，不写 95）。\n"
        f"[policy.out_of_bounds] the value 95 is out of bounds ({where}): the bounds are any to 1, both "
        "inclusive. To mend it: check unit and value (a ratio is 0.95, not 95)."
    )


def test_a_file_that_would_not_be_read_is_refused(write_pack: Write, policy_of: Load) -> None:
    folder = write_pack("land", files={"a": RATIO + "values: []"})
    (folder / "parameters" / "b.yml").write_text("values: []", encoding="utf-8")
    (folder / "parameters" / "B.yaml").write_text("values: []", encoding="utf-8")
    (folder / "parameters" / ".hidden").write_text("", encoding="utf-8")
    with pytest.raises(Problems) as found:
        policy_of(folder)
    assert [(problem.code, Path(problem.where).name) for problem in found.value.problems] == [
        ("policy.unread_file", "B.yaml"),
        ("policy.unread_file", "b.yml"),
    ]


def test_a_file_that_is_not_utf8_is_refused(write_pack: Write, policy_of: Load) -> None:
    folder = write_pack("land")
    (folder / "parameters").mkdir()
    (folder / "parameters" / "a.yaml").write_bytes("title: 甲".encode("gb18030"))
    with pytest.raises(Problems, match="不是 UTF-8 编码"):
        policy_of(folder)


def test_a_folder_without_pack_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problems) as found:
        Policy.load(tmp_path / "nowhere")
    assert str(found.value) == (
        f"[policy.no_pack] 文件夹不是政策包（{tmp_path}/nowhere）："
        "其中没有 pack.yaml。请改正路径，或写一份 pack.yaml。\n"
        f"[policy.no_pack] the folder is not a policy pack ({tmp_path}/nowhere): it has no pack.yaml. "
        "To mend it: correct the path, or write a pack.yaml."
    )


@pytest.mark.parametrize(
    ("packs", "expected"),
    [
        ([("land", "national", "null"), ("land", "city", "land")], "policy.duplicate_pack"),
        ([("city", "city", "land")], "policy.unknown_parent"),
        ([("a", "city", "b"), ("b", "county", "null")], "policy.parent_not_broader"),
        ([("a", "city", "b"), ("b", "city", "null")], "policy.parent_not_broader"),
        ([("a", "city", "a")], "policy.parent_not_broader"),
        ([("a", "village", "null")], "policy.wrong_choice"),
        ([("a", "city", "12")], "policy.wrong_type"),
    ],
)
def test_packs_that_do_not_join_to_a_chain_are_refused(
    write_pack: Write, policy_of: Load, packs: list[tuple[str, str, str]], expected: str
) -> None:
    with pytest.raises(Problems) as found:
        policy_of(*(write_pack(*pack) for pack in packs))
    assert [problem.code for problem in found.value.problems] == [expected]


def test_packs_that_name_each_other_as_parent_are_refused(write_pack: Write, policy_of: Load) -> None:
    with pytest.raises(Problems) as found:
        policy_of(write_pack("a", "city", "b"), write_pack("b", "county", "a"))
    assert [(problem.code, problem.what.en) for problem in found.value.problems] == [
        ("policy.parent_not_broader", "the parent 'b' is county, which is not broader than city")
    ]


def test_a_lower_pack_may_declare_parameters_and_dimensions_of_its_own(write_pack: Write, policy_of: Load) -> None:
    city = write_pack("city", "city", "land", {"own": HEAD + "unit: days\ndimensions: [ward]\n" + value("{east: 3}")})
    (city / "dimensions.yaml").write_text("ward: {title: {zh: 片区, en: ward}, values: [east, west]}", encoding="utf-8")
    policy = policy_of(write_pack("land"), city)
    assert policy.chains["city"].parameters.keys() - policy.chains["land"].parameters.keys() == {"own"}


def test_two_siblings_may_declare_the_same_name(write_pack: Write, policy_of: Load) -> None:
    file = {"own": RATIO + "values: []"}
    policy = policy_of(write_pack("land"), write_pack("x", "city", "land", file), write_pack("y", "city", "land", file))
    assert {name for name, chain in policy.chains.items() if "own" in chain.parameters} == {"x", "y"}


def _inside(where: str, file: Path) -> str:
    assert where.startswith(str(file))
    return where.removeprefix(str(file))
