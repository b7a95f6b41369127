"""What real tables get wrong is found and said in sentences: one mistake, one finding."""

from decimal import Decimal
from typing import Any, ClassVar

import pytest
from tests.grouping.small_schemes import MANIFEST, small_tables

from tongchou.core.text import Text
from tongchou.grouping.review.findings import Finding, examples
from tongchou.grouping.review.scheme_check import check_scheme
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.library import find_scheme, find_whole_tables
from tongchou.grouping.schemes.reading import build_scheme

SOUND = {
    "lists": "list, kind, codes\nvalid, op, 32.4100 01.2400\nmen, dx, N40.x00",
    "checks": "check, rule\nno_sex, !known(sex)\nno_age, !known(age_years)\nnot_of_women, sex=2 & any_dx(men)",
    "mdc": "mdc, rule\nMDCE, principal(dx)\nMDCM, principal(dx) & sex=1",
    "mdc_codes": "mdc, list, codes\nMDCE, dx, J18.900 J44.900 J98.400\nMDCM, dx, N40.x00",
    "adrg": "mdc, adrg, outcome, rule\n"
    "MDCE, EB1, , principal(dx) & main_op(op)\n"
    "MDCE, EK1, , main_op(op)\n"
    "MDCE, EQY, ambiguous, any_op(valid)\n"
    "MDCE, ES1, , principal(dx)\n"
    "MDCE, EZ1, , principal(dx)\n"
    "MDCM, MR1, , always",
    "adrg_codes": "adrg, list, codes\nEB1, dx, J98.400\nEB1, op, 32.4100\nEK1, op, 33.2400\n"
    "ES1, dx, J18.900\nEZ1, dx, J44.900 J98.400",
    "drg": "adrg, drg, severity, rule\nES1, ES11, mcc,\nES1, ES13, mcc_or_cc, age_years<18\n"
    "ES1, ES1A, always, age_years>=70\nES1, ES15, always,",
    "mcc": "exclusion, codes\nlung, J96.000",
    "cc": "exclusion, codes\nheart, I50.900",
    "exclusions": "exclusion, codes\nlung, J18.900\nheart, J44.900",
}
CODES = CodeSet(
    "small-codes",
    Text.plain("small-codes"),
    {
        "dx": dict.fromkeys(["J18.900", "J44.900", "J98.400", "J96.000", "I50.900", "N40.x00", "J93.900"], "名称"),
        "op": dict.fromkeys(["32.4100", "01.2400", "33.2400"], "名称"),
    },
    {"dx": {}, "op": {}},
)


def _findings(
    content: dict[str, str], manifest: dict[str, Any] | None = None, *, codes: CodeSet | None = None, **weights: str
) -> list[Finding]:
    tables = small_tables(SOUND | content, MANIFEST | (manifest or {}))
    weight_of = {drg: Decimal(weight) for drg, weight in weights.items()} if weights else None
    return check_scheme(tables, build_scheme(tables), code_set=codes, weights=weight_of)


def _said(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.check, finding.where) for finding in findings]


def _with(table: str, *rows: str) -> dict[str, str]:
    return {table: "\n".join([SOUND[table], *rows])}


def _changed(table: str, old: str, new: str) -> dict[str, str]:
    assert old in SOUND[table]
    return {table: SOUND[table].replace(old, new)}


def test_a_sound_scheme_has_no_findings() -> None:
    weights = dict.fromkeys(("EB19", "EK19", "ES11", "ES13", "ES1A", "ES15", "EZ19", "MR19"), "1.2")
    assert _findings({}, codes=CODES, **weights) == []


REACH: list[tuple[dict[str, str], list[tuple[str, str, str]]]] = [
    (
        _changed("adrg_codes", "J44.900 J98.400", "J44.900 J98.400 J93.900 J95.800"),
        [("warning", "diagnosis_not_let_in", "MDCE")],
    ),
    (_changed("mdc_codes", "J98.400", "J98.400 J93.900"), [("warning", "diagnosis_without_adrg", "MDCE")]),
    (_changed("adrg_codes", "ES1, dx, J18.900", "ES1, dx, J18.901"), [
        ("error", "unreachable_adrg", "ES1"),
        ("warning", "diagnosis_not_let_in", "MDCE"),
        ("warning", "diagnosis_without_adrg", "MDCE"),
    ]),
    # An earlier ADRG takes everything: the same list, a list that holds it, any case, several lists together.
    (_changed("adrg_codes", "EK1, op, 33.2400", "EK1, op, 32.4100"), []),
    (_with("adrg", "MDCE, EZ2, , principal(EZ1.dx)"), [("error", "unreachable_adrg", "EZ2")]),
    (_with("adrg", "MDCE, EZ2, , principal(EZ1.dx) & los_days>3"), [("error", "unreachable_adrg", "EZ2")]),
    (_with("adrg", "MDCE, EZ2, , principal(EB1.dx) | principal(ES1.dx)"), [("error", "unreachable_adrg", "EZ2")]),
    (_with("adrg", "MDCM, MR2, , principal(MDCM.dx)"), [("error", "unreachable_adrg", "MR2")]),
    (_with("adrg", "MDCE, EJ2, , main_op(EB1.op) & principal(EB1.dx)"), [
        ("error", "unreachable_adrg", "EJ2"),
        ("note", "class_order", "MDCE"),
        ("warning", "ambiguous_misplaced", "MDCE"),
    ]),
    (_with("adrg", "MDCE, EZ2, , never"), [("note", "switched_off", "EZ2")]),
    (_with("adrg", "MDCE, EZ2, , age_years<3 & age_years>5"), [("error", "unreachable_adrg", "EZ2")]),
    (_with("drg", "EZ1, EZ11, mcc,"), [("warning", "drg_gap", "EZ1")]),
    (_with("drg", "EZ1, EZ1A, always, los_days<5", "EZ1, EZ1B, always, los_days>=5"), [("note", "drg_gap", "EZ1")]),
    (_with("drg", "EZ1, EZ1A, always, age_years<5", "EZ1, EZ1B, always, age_years>=5"), []),
    (_with("drg", "EZ1, EZ1A, always, day_surgery", "EZ1, EZ1B, always, !day_surgery"), []),
    (_with("drg", "ES1, ES1B, cc,"), [("error", "unreachable_drg", "ES1B")]),
    (_with("drg", "ES1, ES1B, none, age_years>80"), [("error", "unreachable_drg", "ES1B")]),
    (_changed("drg", "always, age_years>=70", "mcc_or_cc, age_years<10"), [("error", "unreachable_drg", "ES1A")]),
    (_changed("drg", "always, age_years>=70", "always, never"), [("note", "switched_off", "ES1A")]),
    (_changed("drg", "always, age_years>=70", "always, age_years>70 & age_years<60"), [
        ("warning", "unreachable_drg", "ES1A")
    ]),
    (_with("mdc", "MDCX, never"), [("error", "mdc_without_adrg", "MDCX"), ("error", "unreachable_mdc", "MDCX")]),
    (_with("checks", "odd, always"), [("error", "check_always_met", "checks.csv odd")]),
    (_with("checks", "odd, never"), [("warning", "check_never_met", "checks.csv odd")]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), REACH, ids=range(len(REACH)))
def test_what_cannot_be_reached_is_found(content: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    assert sorted(found for found in _said(_findings(content)) if found[1] != "overlapping_lists") == expected


def test_an_mdc_behind_one_that_lets_nothing_pass_is_found() -> None:
    content = {
        "mdc": "mdc, rule, if_none\nMDCE, principal(dx), stop\nMDCM, principal(MDCE.dx) & sex=1,",
        "mdc_codes": "mdc, list, codes\nMDCE, dx, J18.900 J44.900 J98.400",
    }
    assert _said(_findings(content)) == [("error", "unreachable_mdc", "MDCM")]


def test_a_group_whose_codes_do_not_pass_the_gate_says_so() -> None:
    content = _changed("mdc", "MDCE, principal(dx)", "MDCE, principal(dx) & main_op(valid)")
    found = _findings(content | _changed("adrg_codes", "ES1, dx, J18.900", "ES1, dx, J18.901"))
    said = {finding.where: finding.sentence.en for finding in found if finding.check == "unreachable_adrg"}
    assert said["EK1"] == "none of its 1 principal procedures gets into MDCE"
    assert said["ES1"] == "none of its 1 principal diagnoses gets into MDCE"


def test_an_adrg_without_drg_takes_nothing() -> None:
    tables = small_tables(SOUND, MANIFEST)
    tables.tables["drg.csv"] = [row for row in tables.tables["drg.csv"] if row["adrg"] != "EK1"]
    assert _said(check_scheme(tables, build_scheme(tables))) == [("error", "adrg_without_drg", "EK1")]


GROUPS = [
    (_changed("adrg", "MDCM, MR1", "MDCM, NR1"), ("error", "adrg_of_another_mdc", "adrg.csv NR1")),
    (_changed("drg", "ES1, ES1A", "ES1, EZ1A"), ("warning", "drg_of_another_adrg", "drg.csv EZ1A")),
    (_changed("mdc", "principal(dx) & sex=1", "principal(dx)"), ("note", "mdc_without_sex", "MDCM")),
]


def test_letters_and_sexes_that_do_not_fit_are_found() -> None:
    for content, expected in GROUPS:
        assert _said(_findings(content)) == [expected]


def test_a_way_of_discharge_that_no_case_has_is_an_error() -> None:
    content = _changed("drg", "always, age_years>=70", "always, discharge_way in (dead)")
    assert _said(_findings(content)) == [("error", "unknown_discharge_way", "discharge_way")]


def test_two_rows_of_one_order_are_found_where_order_decides_between_them() -> None:
    tables = small_tables(SOUND, MANIFEST)
    rows = {row["adrg"]: row for row in tables.tables["adrg.csv"]}
    rows["EZ1"]["order"], rows["MR1"]["order"] = "4.0", "2"
    assert _said(check_scheme(tables, build_scheme(tables))) == [("warning", "same_order", "adrg.csv EZ1")]


def test_groups_out_of_the_usual_order_are_noted() -> None:
    tables = small_tables(SOUND, MANIFEST)
    rows = {row["adrg"]: row for row in tables.tables["adrg.csv"]}
    rows["EK1"]["order"] = "0.5"
    assert _said(check_scheme(tables, build_scheme(tables))) == [("note", "class_order", "MDCE")]
    rows["EK1"]["order"], rows["EZ1"]["order"] = "2", "3.5"
    found = _said(check_scheme(tables, build_scheme(tables)))
    assert found == [("note", "code_order", "MDCE")]
    rows["EZ1"]["order"], rows["EQY"]["order"] = "5", "6"
    found = _said(check_scheme(tables, build_scheme(tables)))
    assert found == [("error", "unreachable_adrg", "EQY"), ("warning", "ambiguous_misplaced", "MDCE")]


def test_names_missing_in_one_language_are_counted() -> None:
    tables = small_tables(SOUND, MANIFEST)
    for row in tables.tables["drg.csv"]:
        row["name_en"] = ""
    (finding,) = check_scheme(tables, build_scheme(tables))
    assert (finding.severity, finding.check, finding.where) == ("note", "name_missing", "drg.csv name_en")
    assert finding.sentence.en == "8 rows have no English name: ES11, ES13, ES1A, ES15, EB19 … (8 in all)"


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"valid_until": "2024-12-31"}, ("error", "days_in_reverse", "scheme.yaml valid_until")),
        ({"valid_until": "2025-01-01"}, None),
        ({"purpose": "learning"}, ("warning", "learning_without_notice", "scheme.yaml notice")),
        ({"base": "other"}, ("note", "base_not_pinned", "scheme.yaml base_fingerprint")),
        ({"base": "other", "base_fingerprint": "0"}, None),
        (
            {"settings": {"empty_other_list": "principal_list"}},
            ("note", "idle_setting", "scheme.yaml settings empty_other_list"),
        ),
        ({"settings": {"day_surgery": "no_severity"}}, None),
    ],
)
def test_what_a_manifest_says_in_vain_is_found(manifest: dict[str, Any], expected: tuple[str, str, str] | None) -> None:
    assert _said(_findings({}, manifest)) == ([expected] if expected else [])


def test_settings_that_something_asks_for_are_not_idle() -> None:
    content = _with("adrg", "MDCM, MR0, , secondary(other_dx)") | _with("adrg_codes", "MR0, dx, N41.000")
    content["adrg"] = content["adrg"].replace("MDCM, MR1, , always\n", "").replace("MR0", "MR1")
    content["adrg_codes"] = content["adrg_codes"].replace("MR0", "MR1")
    manifest = {"settings": {"empty_other_list": "principal_list", "day_surgery": "no_severity"}}
    assert _said(_findings(content, manifest)) == []
    unsplit = content | {"drg": ""}
    assert _said(_findings(unsplit, manifest)) == [("note", "idle_setting", "scheme.yaml settings day_surgery")]


def test_weights_and_groups_that_lack_each_other_are_found() -> None:
    weights = dict.fromkeys(("EB19", "EK19", "ES11", "ES13", "ES1A", "ES15", "MR19", "ZZ99"), "0.5") | {"EK19": "0"}
    found = _findings({}, **weights)
    assert _said(found) == [
        ("error", "drg_without_weight", "drg.csv"),
        ("error", "weight_not_positive", "weights"),
        ("warning", "weight_without_drg", "weights"),
    ]
    assert [finding.sentence.en.split(": ")[1] for finding in found] == ["EZ19", "EK19", "ZZ99"]


LISTS: list[tuple[dict[str, str], list[tuple[str, str, str]]]] = [
    (_with("lists", "grey, dx, R69.x00"), [("warning", "list_never_used", "lists.csv grey")]),
    (_with("lists", "not_principal_dx, dx, R69.x00"), []),
    (_with("mdc_codes", "MDCE, op, 33.2400"), [("warning", "list_never_used", "mdc_codes.csv MDCE op")]),
    (_with("mdc_codes", "MDCE, site:lung, J18.900"), [("warning", "list_never_used", "mdc_codes.csv MDCE site:lung")]),
    (_with("adrg_codes", "ES1, op, 33.2400"), [("warning", "list_never_used", "adrg_codes.csv ES1 op")]),
    (_with("adrg_codes", "ES1, dx, J18.900"), [("note", "code_repeated", "adrg_codes.csv")]),
    (_with("adrg_codes", "ES1, dx, J44.900"), [("note", "overlapping_lists", "MDCE")]),
    (_with("adrg_codes", "EK1, op, 32.4100"), [("note", "overlapping_lists", "MDCE")]),
    (_with("mcc", "lung, I50.900"), [("warning", "mcc_and_cc", "mcc.csv, cc.csv")]),
    (_with("cc", "lung, I50.900"), [("warning", "several_exclusions", "cc.csv")]),
    (_with("exclusions", "heart, J18.900"), [("warning", "several_exclusions", "exclusions.csv")]),
    (_with("cc", "999, E11.900"), [("note", "exclusion_not_carried", "mcc.csv, cc.csv")]),
    (_with("cc", ", E11.900"), []),
    (_with("exclusions", "skin, L20.900"), [("note", "exclusion_not_named", "exclusions.csv")]),
    (_with("adrg_codes", "ES1, dx, 头颈部创伤"), [
        ("warning", "code_shape", "adrg_codes.csv ES1 dx"),
        ("warning", "diagnosis_not_let_in", "MDCE"),
    ]),
    (_with("adrg_codes", "EK1, op, J18.900"), [("warning", "code_shape", "adrg_codes.csv EK1 op")]),
    (_with("cc", "heart, I50-I52"), [("warning", "code_shape", "cc.csv heart")]),
    (_with("cc", "heart, i11.000"), [("warning", "code_shape", "cc.csv heart")]),
    (_with("cc", "heart, I11.0．"), [("warning", "code_shape", "cc.csv heart")]),
    (_with("cc", "heart, I11.000."), [("warning", "code_shape", "cc.csv heart")]),
    (_with("cc", "heart, A01.002+G01* I11.% !I11.9% M80000/3"), []),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), LISTS, ids=range(len(LISTS)))
def test_what_is_wrong_with_lists_is_found(content: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    assert sorted(_said(_findings(content))) == expected


def test_codes_that_the_edition_does_not_have_are_counted_with_examples() -> None:
    content = _changed("adrg_codes", "EK1, op, 33.2400", "EK1, op, 33.2400 33.2499 33.25%") | _with(
        "cc", "heart, I51.%"
    )
    found = _findings(content, codes=CODES)
    assert _said(found) == [
        ("warning", "code_outside_code_set", "adrg_codes.csv"),
        ("warning", "code_outside_code_set", "cc.csv"),
    ]
    assert found[0].sentence.en == (
        "2 of its patterns are not among the procedures of code set small-codes: 33.2499 (EK1 op), 33.25% (EK1 op)"
    )
    assert _findings(_with("cc", "heart, I50%"), codes=CODES) == []


class TestPrefixes:
    """Lists of prefixes are compared by what they take, with a code edition and without."""

    CONTENT: ClassVar = {
        "lists": "list, kind, codes\nvalid, op, 32-34",
        "checks": "",
        "mdc": "mdc, rule\nMDCE, principal(dx)",
        "mdc_codes": "mdc, list, codes\nMDCE, dx, J09-J99 !J80-J84",
        "adrg_codes": "adrg, list, codes\nES1, dx, J12-J18\nES2, dx, J13\nES3, dx, J12-J15 J17-J19\nEZ1, dx, J",
        "adrg": "mdc, adrg, rule\nMDCE, EB1, main_op(valid)\nMDCE, ES1, principal(dx)\nMDCE, ES2, principal(dx)\n"
        "MDCE, ES3, principal(dx)\nMDCE, EZ1, principal(dx)",
        "drg": "",
        "mcc": "",
        "cc": "",
        "exclusions": "",
    }

    def test_a_list_within_an_earlier_one_is_found(self) -> None:
        found = _findings(self.CONTENT, {"code_match": "prefix"})
        assert [(finding.check, finding.where) for finding in found if finding.severity == "error"] == [
            ("unreachable_adrg", "ES2")
        ]

    def test_a_range_is_more_than_its_ends(self) -> None:
        content = self.CONTENT | {
            "adrg_codes": self.CONTENT["adrg_codes"]
            .replace("ES1, dx, J12-J18", "ES1, dx, J12 J18")
            .replace("J19", "J18")
        }
        assert not [each for each in _findings(content, {"code_match": "prefix"}) if each.where == "ES3"]

    def test_with_a_code_edition_only_its_codes_count(self) -> None:
        names = dict.fromkeys(("J12.000", "J13.x00", "J18.900", "J98.400"), "名称")
        codes = CodeSet("small", Text.plain("x"), {"dx": names, "op": {"32.4100": "名称"}}, {"dx": {}, "op": {}})
        found = _findings(self.CONTENT, {"code_match": "prefix"}, codes=codes)
        errors = [finding.where for finding in found if finding.severity == "error"]
        assert errors == ["ES2", "ES3"]


def test_findings_are_sentences_in_both_languages_and_in_json() -> None:
    (finding,) = _findings(_changed("adrg", "MDCM, MR1", "MDCM, NR1"))
    assert finding.line("en") == (
        "[adrg_of_another_mdc] adrg.csv NR1: it is in MDCM, but its code does not begin with M."
        " To mend it: correct its code, or move it to its MDC."
    )
    assert finding.line("zh") == (
        "[adrg_of_another_mdc] adrg.csv NR1：它在 MDCM 中，代码却不以 M 开头。请改正代码，或把它移到所属的 MDC。"
    )
    assert finding.as_json()["sentence"]["en"] == "it is in MDCM, but its code does not begin with M"


def test_examples_are_few_and_named_where_names_are_at_hand() -> None:
    assert examples({"B", "A"}).en == "A, B"
    assert examples([str(number) for number in range(7)]).zh == "0、1、2、3、4 等 7 个"
    assert examples(["J18.900"], name={"J18.900": "肺炎"}.get).en == "J18.900 肺炎"


def test_the_scheme_that_comes_along_can_do_what_it_says() -> None:
    found = check_scheme(find_whole_tables("chs-drg-category"), find_scheme("chs-drg-category"))
    assert [finding.line("en") for finding in found if finding.severity == "error"] == []
