"""Reading a region's DIP rules from their YAML file; every problem is reported at once."""

from importlib.resources import files
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.patterns import CodeLists
from tongchou.grouping.dip.problems import rules_problem
from tongchou.grouping.dip.rules import (
    CONSERVATIVE,
    LIST_MEASURES,
    RATIO_MEASURES,
    TREATMENTS,
    UNCOUNTED,
    WHOLE_MEASURES,
    WORD_MEASURES,
    Auxiliary,
    AuxiliaryClass,
    Bound,
    Charlson,
    Condition,
    Deviation,
    DipRules,
    FactorSource,
    Gate,
    Measuring,
    Method,
    Minimum,
    Operator,
    Per,
    Range,
    Score,
    Watch,
)
from tongchou.grouping.dip.yaml_node import Node, read_node

RULES_FILE = "rules.yaml"
CHARLSON_PREFIX = "cci:"
"""Leads the name of a Charlson condition among the lists of diagnoses."""

_METHODS: tuple[Method, ...] = ("mean", "reference", "quota")
_PER: tuple[Per, ...] = ("year", "catalogue")
_FACTORS: tuple[FactorSource, ...] = ("measured", "stated")
_BELOW: tuple[Operator, ...] = ("lt", "le")
_ABOVE: tuple[Operator, ...] = ("gt", "ge")
_RUNGS = ("3", "2", "1", "chapter")
_MOST_LISTS = 60


def national_rules() -> DipRules:
    """Return the default rules that come with tongchou; values of a draft or of our own choosing are marked there."""
    return read_rules(Path(str(files("tongchou"))) / "packs" / "dip" / "national" / RULES_FILE)


def read_rules(path: Path) -> DipRules:
    """Read a rules file, or the `rules.yaml` of a folder.

    Raises:
        TongchouError: `grouping.dip_rules` if there is none, or it is not YAML in UTF-8.
        Problems: Everything that is wrong with its settings.
    """
    file = path / RULES_FILE if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise rules_problem(str(file), Text("没有这个文件", "there is no such file")) from error
    except UnicodeDecodeError as error:
        raise rules_problem(str(file), Text("不是 UTF-8 编码", "it is not in UTF-8")) from error
    return parse_rules(text, file.name)


def parse_rules(text: str, where: str) -> DipRules:
    """Read rules from the text of their file.

    Raises:
        TongchouError, Problems: As `read_rules`.
    """
    problems: list[TongchouError] = []
    root = read_node(text, where, problems)
    try:
        rules = _rules(root, text)
    except TongchouError as error:
        raise Problems([*problems, error]) from error
    root.done()
    if problems:
        raise Problems(problems)
    return rules


def _rules(root: Node, text: str) -> DipRules:
    keys = root.node("keys")
    related = root.node("related")
    treatments = root.node("treatments")
    kinds = (*TREATMENTS, UNCOUNTED)
    operations = {kind: treatments.node(kind).words("codes") for kind in kinds}
    titles = {kind: treatments.node(kind).text("title") for kind in kinds}
    treatments.done()
    if operations[CONSERVATIVE]:
        treatments.note(CONSERVATIVE, Text("保守治疗没有手术操作", "conservative treatment has no operations"))
    characters = keys.whole("operation_characters", 2) if keys.has("operation_characters") else 0
    _check_length(treatments, operations, characters)
    drift = root.node("drift")
    lists = root.node("lists")
    diagnoses = {name: lists.word(name) for name in lists.names()}
    charlson = root.nodes("charlson")
    conditions = tuple(_charlson(each, diagnoses) for each in charlson)
    if len(diagnoses) > _MOST_LISTS:
        lists.note("", Text(f"诊断列表超过 {_MOST_LISTS} 个", f"there are more than {_MOST_LISTS} lists"))
    auxiliaries = root.node("auxiliaries")
    gate = auxiliaries.node("gate")
    mixed = root.node("mixed")
    ladder = tuple(str(rung) for rung in mixed.items("ladder"))
    if not ladder or any(rung not in _RUNGS for rung in ladder):
        known = ", ".join(_RUNGS)
        mixed.note("ladder", Text(f"须由 {known} 组成", f"its rungs are some of {known}"))
    rules = DipRules(
        name=root.word("name"),
        title=root.text("title"),
        notice=root.text("notice"),
        text=text,
        diagnosis_characters=keys.whole("diagnosis_characters", 4),
        operation_characters=characters,
        year_weights=_year_weights(root.node("year_weights")),
        measuring=_measuring(root.node("measuring")),
        core=_minimum(root.node("core"), "threshold"),
        related_raise_e4=related.e4("raise"),
        mixed=_minimum(mixed, "minimum"),
        ladder=ladder,
        score=_score(root.node("score")),
        deviation=_deviation(root.node("deviation")),
        treatment_titles=titles,
        treatments=CodeLists(operations, "treatments"),
        chapters=CodeLists({chapter: chapter for chapter in root.word("chapters").split()}, "chapters"),
        lists=CodeLists(diagnoses, "lists"),
        list_names=tuple(lists.names()),
        charlson=conditions,
        gate=Gate(gate.e4("cv"), gate.e4("reduction"), gate.whole("min_cases", 1)),
        not_applicable=frozenset(str(group) for group in auxiliaries.items("not_applicable")),
        auxiliaries=tuple(_auxiliary(each, set(lists.names())) for each in auxiliaries.nodes("catalogues")),
        watch=_watch(root.node("watch")),
        drift_share_e4=drift.e4("share"),
    )
    for node in (keys, related, drift, gate, auxiliaries):
        node.done()
    return rules


def _check_length(treatments: Node, operations: dict[str, str], characters: int) -> None:
    for kind, patterns in operations.items():
        for pattern in patterns.split():
            longest = max(len(part) for part in pattern.removeprefix("!").split("-"))
            if characters and longest > characters:
                zh = f"{pattern} 比手术编码取的 {characters} 位长"
                treatments.note(kind, Text(zh, f"{pattern} is longer than an operation's key of {characters}"))


def _year_weights(node: Node) -> dict[int, int]:
    weights: dict[int, int] = {}
    for offset in node.names():
        if offset.lstrip("-").isdecimal() and int(offset) <= 0:
            weights[int(offset)] = node.whole(offset, 1)
        else:
            node.note(offset, Text("年份写作 0、-1、-2", "years are written 0, -1, -2"))
    return weights


def _measuring(node: Node) -> Measuring:
    low, high = node.e4("trim_low"), node.e4("trim_high")
    if low + high >= 10_000:
        node.note("trim_low", Text("裁剪比例之和须小于 1", "what is trimmed must be less than the whole"))
    made = Measuring(node.whole("max_los_days", 1), node.fen("min_cost_yuan"), low, high, node.whole("trim_from_cases"))
    node.done()
    return made


def _minimum(node: Node, key: str) -> Minimum:
    made = Minimum(node.whole(key, 1), node.choice("per", _PER))
    if key == "threshold":
        node.done()
    return made


def _score(node: Node) -> Score:
    method = node.choice("method", _METHODS)
    is_neutral = node.choice("total_mean", ("all_cases", "groups")) == "groups"
    unit = node.whole("unit", 1)
    group = node.words("reference_group") if method != "reference" else node.word("reference_group")
    quota = node.fen("quota_yuan") if method == "quota" or node.has("quota_yuan") else 0
    if method == "quota" and quota <= 0:
        node.note("quota_yuan", Text("标准定额须为正数", "the quota must be positive"))
    node.done()
    return Score(method, unit, is_neutral, group, quota)


def _deviation(node: Node) -> Deviation:
    made = Deviation(
        _bound(node.node("low"), _BELOW),
        _bound(node.node("high"), _ABOVE),
        _bound(node.node("panel"), _ABOVE),
    )
    if not made.low.bound_e4 <= made.high.bound_e4 <= made.panel.bound_e4:
        node.note("", Text("低、高、评议三个界限须由小到大", "the bounds low, high and panel must be in order"))
    node.done()
    return made


def _bound(node: Node, operators: tuple[Operator, ...]) -> Bound:
    made = Bound(node.choice("operator", operators), node.e4("bound"))
    node.done()
    return made


def _charlson(node: Node, diagnoses: dict[str, str]) -> Charlson:
    made = Charlson(node.word("condition"), node.whole("weight", 1), node.words("over"))
    diagnoses[CHARLSON_PREFIX + made.condition] = node.word("codes")
    node.done()
    return made


def _auxiliary(node: Node, lists: set[str]) -> Auxiliary:
    classes = []
    factors = node.choice("factors", _FACTORS)
    for each in node.nodes("classes"):
        stated = each.e4("factor") if factors == "stated" else None
        conditions = _conditions(each.node("when", optional=True), lists)
        classes.append(AuxiliaryClass(each.word("class"), each.text("title"), conditions, stated))
        each.done()
    only = _conditions(node.node("only"), lists) if node.has("only") else ()
    made = Auxiliary(node.word("name"), node.text("title"), factors, only, tuple(classes))
    node.done()
    return made


def _conditions(node: Node, lists: set[str]) -> tuple[Condition, ...]:
    made = []
    for measure in node.names():
        written = node.word(measure)
        if measure in RATIO_MEASURES or measure in WHOLE_MEASURES:
            made.append(Condition(measure, _range(node, measure, written), ()))
        elif measure in WORD_MEASURES or measure in LIST_MEASURES:
            unknown = set(written.split()) - lists if measure in LIST_MEASURES else set()
            if unknown:
                named = ", ".join(sorted(unknown))
                node.note(measure, Text(f"没有诊断列表 {named}", f"there is no list {named}"))
            made.append(Condition(measure, None, tuple(written.split())))
        else:
            node.note(measure, Text("没有这个指标", "there is no such measure"))
    return tuple(made)


def _range(node: Node, measure: str, written: str) -> Range:
    low, dash, high = written.partition("-")
    ends: list[int | None] = []
    for end in (low, high if dash else low):
        if not end:
            ends.append(None)
        elif measure in RATIO_MEASURES:
            ends.append(node.ratio(measure, end))
        elif end.isascii() and end.isdecimal():
            ends.append(int(end))
        else:
            node.note(measure, Text(f"“{written}”不是区间", f"'{written}' is not a range"))
            ends.append(None)
    return Range(ends[0], ends[1])


def _watch(node: Node) -> Watch:
    readmission, low, long = node.node("readmission"), node.node("low_standard"), node.node("over_long")
    death, extreme, upcoding = node.node("death_risk"), node.node("extreme_cost"), node.node("suspected_upcoding")
    made = Watch(
        readmission.whole("days"),
        readmission.whole("points"),
        low.e4_list("below"),
        _points(low, len(low.items("below"))),
        long.e4_list("above"),
        _points(long, len(long.items("above"))),
        death.e4("mortality_below"),
        death.whole("points"),
        extreme.whole("sigma"),
        extreme.whole("points"),
        upcoding.whole("sigma"),
        upcoding.whole("points"),
    )
    for each in (readmission, low, long, death, extreme, upcoding, node):
        each.done()
    return made


def _points(node: Node, grades: int) -> tuple[int, ...]:
    points = tuple(int(each) for each in node.items("points") if str(each).isdecimal())
    if len(points) != grades:
        node.note("points", Text("每个等级须有一个分数", "every grade needs its points"))
    return points
