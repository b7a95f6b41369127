"""Codes that no map knows are told with the documents that they stand on and the money at stake."""

from dataclasses import replace

from tests.intake.code_maps.test_code_maps import code_map
from tests.intake.deliveries.plain import fen, settlement_list, write

from tongchou.intake.deliveries.pack_maps import PackMaps


def test_unmapped_codes_are_told_with_cases_and_money(desk):
    lists = (settlement_list(1), settlement_list(2))
    codes = [{row["code"] for row in each["tables"]["list_diagnoses"]} for each in lists]
    known = "I10.x00"
    maps = PackMaps((code_map([(known, known, "", "", None, None)]),))
    paths = [write(desk.root / "landing" / f"lists-{number}.ndjson", [each]) for number, each in enumerate(lists)]
    report = desk.take(*paths, terms=replace(desk.terms, code_maps=maps))
    totals = [sum(fen(row["amount_fen"]) for row in each["tables"]["list_fees"]) for each in lists]
    told = {each.code: each for each in report.unmapped if each.kind == "diagnosis"}
    assert known not in told
    assert set(told) == (codes[0] | codes[1]) - {known}
    for code, each in told.items():
        standing = [total for total, own in zip(totals, codes, strict=True) if code in own]
        assert (each.case_count, each.total_fen) == (len(standing), sum(standing))
    assert report.as_json()["unmapped"][0]["total_fen"] == max(each.total_fen for each in report.unmapped)


def test_without_maps_no_code_is_called_unmapped(desk):
    assert desk.hand_in([settlement_list(1)]).unmapped == ()
