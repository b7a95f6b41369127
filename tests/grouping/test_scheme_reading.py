"""A scheme's folder is read whole, written in canonical bytes, or refused with everything that is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouping.cases import batch, case
from tests.grouping.conftest import TINY, write_scheme

from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import build_scheme, load_scheme, whole_tables
from tongchou.grouping.schemes.tables import (
    MANIFEST,
    TABLES,
    SchemeTables,
    read_tables,
    tables_fingerprint,
    write_tables,
)


def _problems(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(Problems) as caught:
        load_scheme(folder)
    return [(problem.code, problem.where) for problem in caught.value.problems]


def _wheres(folder: Path, code: str) -> list[str]:
    return sorted(where for found, where in _problems(folder) if found == code)


class TestReading:
    def test_every_problem_of_a_folder_is_reported_at_once(self, tmp_path: Path) -> None:
        adrg = TINY["adrg.csv"].replace("main_op(op)", "main_op(op").replace("MDCP,2,PV1", "MDCX,2,PV1")
        drg = TINY["drg.csv"].replace("AA1,1,AA19", "AA9,1,AA19").replace("ES13", "ES11")
        folder = write_scheme(tmp_path / "s", adrg_csv=adrg, drg_csv=drg)
        assert sorted(_problems(folder)) == [
            ("grouping.rule", "AA1: main_op(op"),
            ("grouping.scheme_group", "adrg.csv mdc=MDCX"),
            ("grouping.scheme_group", "drg.csv adrg=AA9"),
            ("grouping.scheme_group", "drg.csv drg=ES11"),
        ]

    @pytest.mark.parametrize("rule", ["main_op(op2)", "main_op(EB9.op)", "part(1)", "any_op(MDCE.op)", "main_op(site)"])
    def test_a_rule_that_names_a_list_without_codes_is_refused(self, tmp_path: Path, rule: str) -> None:
        folder = write_scheme(tmp_path / "s", adrg_csv=TINY["adrg.csv"].replace("main_op(op)", rule))
        assert _problems(folder) == [("grouping.scheme_list", f"AA1: {rule}")]

    def test_one_list_cannot_hold_diagnoses_and_procedures(self, tmp_path: Path) -> None:
        adrg = TINY["adrg.csv"].replace("main_op(op)", "main_op(op) & any_dx(op)")
        assert _problems(write_scheme(tmp_path / "a", adrg_csv=adrg)) == [
            ("grouping.scheme_list", "AA1: main_op(op) & any_dx(op)")
        ]
        drg = TINY["drg.csv"].replace("EB15,always,", "EB15,always,principal(valid)")
        assert _wheres(write_scheme(tmp_path / "b", drg_csv=drg), "grouping.scheme_list") == ["EB15: principal(valid)"]

    def test_the_list_that_is_made_of_others_is_not_to_be_written(self, tmp_path: Path) -> None:
        lists = TINY["lists.csv"] + "listed,dx,J15\n"
        adrg = TINY["adrg.csv"].replace("main_op(op)", "any_dx(listed)")
        folder = write_scheme(tmp_path / "s", lists_csv=lists, adrg_csv=adrg)
        assert _problems(folder) == [("grouping.scheme_list", "lists.csv listed")]

    def test_more_body_sites_than_a_word_has_bits_are_refused(self, tmp_path: Path) -> None:
        sites = "".join(f"MDCZ,site:s{number},S{number}\n" for number in range(62))
        whole = write_scheme(tmp_path / "a", mdc_codes_csv=TINY["mdc_codes.csv"] + sites)
        grouper = Grouper(load_scheme(whole))
        cases = [case("S60.000 S61.000"), case("S61.000 S61.000"), case("S61.000 S01.000")]
        assert [grouper.group_one(each).mdc for each in cases] == ["MDCZ", "MDCZ", "MDCZ"]
        assert grouper.group(batch(*cases)).column("mdc").to_pylist() == ["MDCZ", "MDCZ", "MDCZ"]
        more = write_scheme(tmp_path / "b", mdc_codes_csv=f"{TINY['mdc_codes.csv']}{sites}MDCZ,site:more,S99\n")
        assert _wheres(more, "grouping.scheme_list") == ["site:…"]

    def test_more_groups_than_results_can_number_are_refused(self, tmp_path: Path) -> None:
        rows = "".join(f"ES1,9,X{number},always,,,\n" for number in range(30_000))
        folder = write_scheme(tmp_path / "s", drg_csv=TINY["drg.csv"] + rows)
        assert _problems(folder) == [("grouping.scheme_group", "checks.csv, mdc.csv, adrg.csv, drg.csv")]

    @pytest.mark.parametrize("sources", ["[" * 3000 + "]" * 3000, "{a: &a [1, 1], b: [*a, *a]}"])
    def test_a_manifest_that_could_grow_without_bounds_is_refused(self, tmp_path: Path, sources: str) -> None:
        folder = write_scheme(tmp_path / "s", scheme_yaml=f"{TINY['scheme.yaml']}sources: {sources}\n")
        assert _problems(folder)[0] == ("grouping.scheme_file", "s/scheme.yaml")

    def test_missing_files_and_columns_are_named(self, tmp_path: Path) -> None:
        folder = write_scheme(tmp_path / "s", drg_csv="adrg,drg\n")
        (folder / "mcc.csv").unlink()
        assert _problems(folder) == [("grouping.scheme_file", "s/drg.csv"), ("grouping.scheme_file", "s/mcc.csv")]

    def test_a_folder_that_is_not_there_lacks_every_file(self, tmp_path: Path) -> None:
        assert len(_problems(tmp_path / "nowhere")) == 1 + len(TABLES)

    def test_values_that_no_scheme_can_have_are_collected(self, tmp_path: Path) -> None:
        folder = write_scheme(
            tmp_path / "s",
            checks_csv=TINY["checks.csv"].replace("2,no_age,", "2,,"),
            lists_csv=TINY["lists.csv"] + "grey,code,R69\n",
            mdc_csv=TINY["mdc.csv"].replace("1,MDCA", "first,MDCA").replace("valid),,", "valid),halt,"),
            adrg_csv=TINY["adrg.csv"].replace("MDCA,1,AA1,,", "MDCA,²,AA1,odd,"),
            adrg_codes_csv=TINY["adrg_codes.csv"].replace("EB1,op,3", "EB1,op,three").replace("part(3)", "part(2)"),
            drg_csv=TINY["drg.csv"].replace("ES1,1,ES11,mcc,", "ES1,-1,ES11,severe,"),
        )
        assert _wheres(folder, "grouping.scheme_value") == [
            "adrg.csv adrg=AA1 order",
            "adrg.csv adrg=AA1 outcome",
            "adrg_codes.csv adrg=EB1 part",
            "checks.csv order=2 check",
            "drg.csv drg=ES11 order",
            "drg.csv drg=ES11 severity",
            "lists.csv list=grey kind",
            "mdc.csv mdc=MDCA if_none",
            "mdc.csv mdc=MDCA order",
        ]

    def test_tables_in_another_encoding_are_named(self, tmp_path: Path) -> None:
        folder = write_scheme(tmp_path / "s")
        for name in (MANIFEST, "drg.csv"):
            (folder / name).write_bytes(TINY[name].lstrip().encode("gbk"))
        assert [where for _, where in _problems(folder)] == ["s/scheme.yaml", "s/drg.csv"]

    def test_a_byte_order_mark_blanks_and_crlf_are_not_part_of_a_value(self, tmp_path: Path) -> None:
        plain = read_tables(write_scheme(tmp_path / "a"))
        mdc = TINY["mdc.csv"].replace("\n", " \r\n").replace("MDCE,", "MDCE ,")
        folder = write_scheme(tmp_path / "b")
        (folder / "mdc.csv").write_bytes(b"\xef\xbb\xbf" + mdc.replace("name_en \r", "name_en\r").encode())
        assert read_tables(folder) == plain

    def test_names_of_one_language_stand_in_for_the_other(self, tmp_path: Path) -> None:
        mdc = TINY["mdc.csv"].replace("先期,pre-MDC", "先期,").replace("呼吸,respiratory", ",respiratory")
        scheme = load_scheme(write_scheme(tmp_path / "s", mdc_csv=mdc))
        assert [(mdc.name.zh, mdc.name.en) for mdc in scheme.mdcs[::3]] == [
            ("先期", "先期"),
            ("respiratory", "respiratory"),
        ]


class TestManifest:
    @pytest.mark.parametrize(
        ("key", "old", "new"),
        [
            ("title", "{zh: 小方案, en: tiny scheme}", "小方案"),
            ("title", "{zh: 小方案, en: tiny scheme}", "{zh: 小方案}"),
            ("title", "{zh: 小方案, en: tiny scheme}", "{zh: 小方案, en: 1}"),
            ("notice", "{zh: 仅供测试, en: for tests only}", "[1]"),
            ("valid_from", "2025-01-01", "spring"),
            ("purpose", "learning", "fun"),
            ("code_match", "prefix", "fuzzy"),
            ("publisher", "publisher: test", 'publisher: ""'),
            ("name", "name: tiny", "nom: tiny"),
            ("settings", "purpose:", "settings: yes\npurpose:"),
            ("settings", "purpose:", "settings: {colour: red}\npurpose:"),
            ("settings day_surgery", "purpose:", "settings: {day_surgery: 1}\npurpose:"),
            ("valid_until", "purpose:", "valid_until: soon\npurpose:"),
        ],
    )
    def test_what_a_manifest_cannot_say_is_named(self, tmp_path: Path, key: str, old: str, new: str) -> None:
        assert old in TINY[MANIFEST]
        folder = write_scheme(tmp_path / "s", scheme_yaml=TINY[MANIFEST].replace(old, new))
        assert _problems(folder) == [("grouping.scheme_value", f"scheme.yaml {key}")]

    @pytest.mark.parametrize(
        "manifest", ["name: [", "- a list", "", TINY[MANIFEST].replace("2025-01-01", "2025-13-45")]
    )
    def test_a_manifest_that_cannot_be_read_is_named_with_the_other_problems(
        self, tmp_path: Path, manifest: str
    ) -> None:
        folder = write_scheme(tmp_path / "s", scheme_yaml=manifest)
        (folder / "mcc.csv").unlink()
        wheres = [where for _, where in _problems(folder)]
        assert wheres == ["s/scheme.yaml", "s/mcc.csv"]

    def test_settings_and_days_are_read(self, tmp_path: Path) -> None:
        more = "settings: {day_surgery: no_severity, empty_other_list: principal_list}\nvalid_until: '2026-12-31'\n"
        manifest = load_scheme(write_scheme(tmp_path / "s", scheme_yaml=TINY[MANIFEST] + more)).manifest
        assert not manifest.day_surgery_has_severity
        assert manifest.principal_list_stands_in
        assert str(manifest.valid_until) == "2026-12-31"
        plain = load_scheme(write_scheme(tmp_path / "t")).manifest
        assert plain.day_surgery_has_severity
        assert not plain.principal_list_stands_in
        assert plain.valid_until is None


class TestWriting:
    def test_the_same_scheme_is_the_same_bytes(self, tmp_path: Path) -> None:
        tables = read_tables(write_scheme(tmp_path / "a"))
        write_tables(tables, tmp_path / "b")
        assert read_tables(tmp_path / "b").tables == tables.tables
        write_tables(read_tables(tmp_path / "b"), tmp_path / "c")
        for name in (MANIFEST, *TABLES):
            assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()

    def test_the_manifest_is_written_in_the_manual_s_order_and_other_keys_follow(self, tmp_path: Path) -> None:
        tables = read_tables(write_scheme(tmp_path / "a", scheme_yaml="colour: red\n" + TINY[MANIFEST].lstrip()))
        write_tables(tables, tmp_path / "b")
        keys = [line.split(":")[0] for line in (tmp_path / "b" / MANIFEST).read_text("utf-8").splitlines()]
        kept = [key for key in keys if not key.startswith(" ")]
        assert kept == [
            "name",
            "title",
            "publisher",
            "edition",
            "base",
            "valid_from",
            "purpose",
            "notice",
            "code_match",
            "colour",
        ]

    def test_the_fingerprint_changes_with_any_value_and_with_nothing_else(self, tmp_path: Path) -> None:
        one = load_scheme(write_scheme(tmp_path / "a"))
        same = load_scheme(
            write_scheme(tmp_path / "b", scheme_yaml=TINY[MANIFEST].replace("2025-01-01", "'2025-01-01'"))
        )
        changes = {
            "cc_csv": TINY["cc.csv"].replace("I10", "I11"),
            "scheme_yaml": TINY[MANIFEST].replace('"1"', '"2"'),
            "mdc_csv": TINY["mdc.csv"].replace("4,MDCE", "5,MDCE"),
        }
        others = {load_scheme(write_scheme(tmp_path / key, **{key: text})).fingerprint for key, text in changes.items()}
        assert one.fingerprint == same.fingerprint
        assert len(others | {one.fingerprint}) == 1 + len(changes)

    @given(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), min_size=2, max_size=6)
    )
    def test_any_text_in_a_cell_comes_back_as_it_was_but_for_blanks_around_it(
        self, tmp_path_factory: pytest.TempPathFactory, values: list[str]
    ) -> None:
        folder = tmp_path_factory.mktemp("cells")
        rows = [{"list": value.strip(), "kind": "dx", "codes": value.strip()} for value in values]
        empty: dict[str, list[dict[str, str]]] = {name: [] for name in TABLES}
        write_tables(SchemeTables({"name": "x"}, empty | {"lists.csv": rows}), folder)
        assert read_tables(folder).tables["lists.csv"] == rows


def _difference(base: SchemeTables, **manifest: Any) -> SchemeTables:
    return SchemeTables(base.manifest | {"name": "city", "base": "tiny"} | manifest, {})


class TestBase:
    def test_a_difference_that_changes_nothing_groups_like_its_base(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        whole = whole_tables(_difference(base), {"tiny": base}.__getitem__)
        assert whole.tables == base.tables
        assert build_scheme(whole).manifest.base == "tiny"

    def test_a_difference_may_lie_over_a_difference(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        row = {"change": "remove", "mdc": "", "list": "", "adrg": "ES1"}
        blank = dict.fromkeys(("change", *TABLES["adrg.csv"]), "")
        city = SchemeTables(_difference(base).manifest, {"adrg.csv": [blank | row]})
        county = SchemeTables(base.manifest | {"name": "county", "base": "city"}, {})
        whole = whole_tables(county, {"tiny": base, "city": city}.__getitem__)
        assert [row["adrg"] for row in whole.tables["adrg.csv"]] == ["AA1", "PS1", "PV1", "ZJ1", "EB1"]

    def test_only_the_tables_that_a_difference_changes_need_be_there(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        write_tables(_difference(base), tmp_path / "city")
        assert [path.name for path in (tmp_path / "city").iterdir()] == [MANIFEST]
        assert read_tables(tmp_path / "city").tables == {}

    def test_a_difference_needs_its_column_of_changes(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        write_tables(_difference(base), tmp_path / "city")
        (tmp_path / "city" / "mcc.csv").write_text(TINY["mcc.csv"], encoding="utf-8")
        with pytest.raises(Problems) as caught:
            read_tables(tmp_path / "city")
        assert caught.value.where == "city/mcc.csv"
        assert "change" in caught.value.why.en

    @pytest.mark.parametrize("length", [64, 12])
    def test_a_base_is_recognised_by_its_whole_fingerprint_or_its_beginning(self, tmp_path: Path, length: int) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        pinned = _difference(base, base_fingerprint=tables_fingerprint(base)[:length])
        assert whole_tables(pinned, {"tiny": base}.__getitem__).tables == base.tables
        base.tables["cc.csv"].append({"exclusion": "heart", "codes": "I50"})
        with pytest.raises(TongchouError) as caught:
            whole_tables(pinned, {"tiny": base}.__getitem__)
        assert caught.value.code == "grouping.scheme_base"

    def test_schemes_that_are_bases_of_one_another_are_refused(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        one, other = (SchemeTables(_difference(base).manifest | {"base": name}, {}) for name in ("other", "one"))
        with pytest.raises(TongchouError) as caught:
            whole_tables(one, {"one": one, "other": other}.__getitem__)
        assert caught.value.code == "grouping.scheme_base"

    def test_a_base_cannot_be_looked_up_where_no_library_is(self, tmp_path: Path) -> None:
        base = read_tables(write_scheme(tmp_path / "tiny"))
        write_tables(_difference(base), tmp_path / "city")
        with pytest.raises(TongchouError) as caught:
            load_scheme(tmp_path / "city")
        assert caught.value.code == "grouping.scheme_base"
