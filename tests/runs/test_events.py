"""Service events and heads of a region: from the lake's tables to what is due, by the policy of each day."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.worked import flow

from tongchou.core.errors import TongchouError
from tongchou.intake import take_in
from tongchou.payment.events.registry import BUILT_IN
from tongchou.payment.events.router import RoutedTransfer
from tongchou.policy import Policy
from tongchou.runs.events import event_money, kind_stretches, priced_events_table
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.schema.results import PRICED, PRICED_EVENTS
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine
from tongchou.store.lake import Lake

Rows = Mapping[str, Sequence[Mapping[str, object]]]
PERIOD = Period(2025)
H3 = {"institution_id": "H3", "valid_from": "2020-01-01", "level": "tertiary", "kind": "general_hospital"}
H2 = {"institution_id": "H2", "valid_from": "2020-01-01", "level": "secondary", "kind": "general_hospital"}
T1 = {"institution_id": "T1", "valid_from": "2020-01-01", "level": "primary", "kind": "township_centre"}
T2 = {**T1, "institution_id": "T2"}
PLACES = [{**each, "name_zh": "院", "name_en": "x", "area_id": "A", "bed_count": 9} for each in (H3, H2, T1, T2)]
PERSON = {"sex": "male", "born_on": "1950-01-01", "area_id": "A", "insurance_type": "resident"}
PEOPLE = [
    {**PERSON, "person_id": "P1", "chronic_diseases": "hypertension|diabetes"},
    {**PERSON, "person_id": "P2", "chronic_diseases": "diabetes"},
    {**PERSON, "person_id": "P3", "chronic_diseases": ""},
]
ALLIANCE = {
    "alliances": [{"alliance_id": "M1", "name_zh": "共", "name_en": "m", "alliance_type": "tight", "area_id": "A"}],
    "alliance_members": [
        {"alliance_id": "M1", "institution_id": one, "valid_from": "2020-01-01", "role": role}
        for one, role in (("H2", "lead"), ("T1", "primary"))
    ],
}
STAY = {"kind": "bed_day_stay", "institution_id": "H2", "item": "psychiatry", "days": 45, "person_id": "P1"}
DRUGS = {"kind": "two_disease_drugs", "institution_id": "T1", "person_id": "P1", "disease": "hypertension"}


@dataclass(frozen=True)
class Desk:
    """A region's lake and its policy, filled by a test."""

    folder: Path
    engine: Engine

    def take(self, rows: Rows) -> None:
        files = []
        for table, listed in rows.items():
            file = self.folder / f"{table}.csv"
            with file.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, sorted({name for row in listed for name in row}))
                writer.writeheader()
                writer.writerows(listed)
            files.append(file)
        report = take_in(files, Lake(self.folder / "lake"), self.engine)
        assert report.set_aside_count == 0

    def policy(self, values: Mapping[str, object], later: Mapping[str, tuple[str, object]]) -> RegionPolicy:
        """Return a county below the demonstration city; `later` is a day and the value from it on."""
        place = self.folder / "policy"
        for name in (*values, *later):
            dated = [("2020-01-01", values[name])] if name in values else []
            dated += [later[name]] if name in later else []
            lines = [f"  - {{from: {day}, source: {{title: test}}, value: {flow(value)}}}" for day, value in dated]
            file = place / "parameters" / f"{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("values:\n" + "\n".join(lines) + "\n", encoding="utf-8")
        place.mkdir(exist_ok=True)
        (place / "pack.yaml").write_text(
            "{id: county, name: {zh: 县, en: county}, level: county, parent: demo_city}", encoding="utf-8"
        )
        return RegionPolicy(Policy.load(place), "county")

    def due(
        self,
        values: Mapping[str, object] | None = None,
        later: Mapping[str, tuple[str, object]] | None = None,
        period: Period = PERIOD,
        priced: Sequence[Mapping[str, object]] = (),
    ) -> list[RoutedTransfer]:
        lake = Lake(self.folder / "lake")
        columns = pa.schema([PRICED.arrow_schema.field(name) for name in ("person_id", "month", "fund_fen")])
        frame = self.engine.local(pa.Table.from_pylist(list(priced), schema=columns))
        facts = Facts(self.engine, lake, lake.snapshot())
        return list(event_money(facts, self.policy(values or {}, later or {}), period, frame, BUILT_IN).transfers)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_engine("duckdb") as engine:
        yield Desk(tmp_path, engine)


def events(*rows: Mapping[str, object]) -> Rows:
    numbered = [{"event_id": f"E{number}", **row} for number, row in enumerate(rows, start=1)]
    return {"institutions": PLACES, "persons": PEOPLE, "service_events": numbered}


def amounts(due: Sequence[RoutedTransfer]) -> list[tuple[str, str, int]]:
    return [(each.transfer.subject, each.transfer.month, each.transfer.amount_fen) for each in due]


def yearly(due: Sequence[RoutedTransfer]) -> dict[tuple[str, str, str], int]:
    """Return sums by payer, payee and purpose."""
    sums: dict[tuple[str, str, str], int] = {}
    for each in (routed.transfer for routed in due):
        key = (each.payer.party_id or each.payer.kind, each.payee.party_id or each.payee.kind, each.purpose)
        sums[key] = sums.get(key, 0) + each.amount_fen
    return sums


def test_a_region_without_such_rows_owes_nothing_and_needs_no_method(desk: Desk) -> None:
    contracts = [{"person_id": "P1", "institution_id": "T1", "valid_from": "2025-01-01", "valid_until": "2025-12-31"}]
    held = [{**row, "follow_up_count": 0} for row in contracts]
    desk.take({"institutions": PLACES, "persons": PEOPLE, "contracts": held})
    assert desk.due({"payment/router/method": {"exam_reuse": "exam_reuse"}}) == []


def test_an_event_takes_level_and_insurance_from_the_tables(desk: Desk) -> None:
    desk.take(events({**STAY, "occurred_on": "2025-03-31"}))
    # A resident at a secondary hospital: 13,500.00 at 77 %.
    assert amounts(desk.due()) == [("E1", "2025-03", 1_039_500)]


def test_each_event_is_priced_by_the_policy_of_its_own_day(desk: Desk) -> None:
    rates = "payment/events/per_diem/rate"
    old, new = ({"psychiatry": {"default": {"1": first, "2": 260, "3": 220}}} for first in (320, 340))
    desk.take(
        events({**STAY, "days": 10, "occurred_on": "2025-06-30"}, {**STAY, "days": 10, "occurred_on": "2025-07-01"})
    )
    due = desk.due({rates: old, "payment/events/fund_share": _all_at(1)}, {rates: ("2025-07-01", new)})
    assert amounts(due) == [("E1", "2025-06", 320_000), ("E2", "2025-07", 340_000)]


def test_events_of_other_years_are_not_paid_for(desk: Desk) -> None:
    desk.take(events({**STAY, "occurred_on": "2024-12-31"}, {**STAY, "occurred_on": "2026-01-01"}))
    assert desk.due() == []


def test_a_kind_without_a_method_stops_the_run_with_a_sentence(desk: Desk) -> None:
    desk.take(events({**STAY, "occurred_on": "2025-03-31"}))
    with pytest.raises(TongchouError) as refused:
        desk.due({"payment/router/method": {"exam_reuse": "exam_reuse"}})
    assert refused.value.code == "payment.no_method"
    assert "按床日结算的住院" in refused.value.sentence("zh")


def test_every_event_that_lacks_something_is_named(desk: Desk) -> None:
    bare = {"kind": "bed_day_stay", "institution_id": "H2", "occurred_on": "2025-03-31"}
    desk.take(events({**bare, "days": 4}, {**bare, "item": "psychiatry"}))
    with pytest.raises(TongchouError) as refused:
        desk.due()
    lacking = sorted(problem.where for problem in refused.value.problems)  # type: ignore[attr-defined]
    assert lacking == [
        "E1 (bed_day_stay): insurance_type",
        "E1 (bed_day_stay): item",
        "E2 (bed_day_stay): days",
        "E2 (bed_day_stay): insurance_type",
    ]


def test_an_institution_without_a_record_on_the_day_is_named(desk: Desk) -> None:
    rows = events({**STAY, "occurred_on": "2025-03-31"})
    closed = [{**place, "valid_until": "2025-03-30"} for place in PLACES]
    desk.take({**rows, "institutions": closed})
    with pytest.raises(TongchouError, match=r"runs\.institution_not_valid") as refused:
        desk.due()
    assert refused.value.where == "H2 2025-03-31"


def test_a_yearly_cap_holds_over_a_change_of_policy(desk: Desk) -> None:
    ratio = "payment/events/two_diseases/ratio"
    policy = {
        ratio: {"default": {"default": 0.5}},
        "payment/events/two_diseases/yearly_cap": {"default": {"default": 100}},
    }
    desk.take(
        events(
            {**DRUGS, "occurred_on": "2025-06-30", "in_scope_fen": 15_000},
            {**DRUGS, "occurred_on": "2025-07-01", "in_scope_fen": 15_000},
        )
    )
    due = desk.due(policy, {ratio: ("2025-07-01", {"default": {"default": 0.6}})})
    assert amounts(due) == [("E1", "2025-06", 7_500), ("E2", "2025-07", 2_500)]


def test_a_change_of_another_methods_parameter_cuts_no_stretch(desk: Desk) -> None:
    policy = desk.policy(
        {"payment/events/expert_fee/fee": "450"},
        {
            "payment/events/expert_fee/fee": ("2025-04-10", "500"),
            "payment/events/per_diem/stages": ("2025-07-01", {"psychiatry": 3}),
        },
    )
    start, end = PERIOD.start, PERIOD.end
    assert kind_stretches(policy, "bed_day_stay", start, end, BUILT_IN) == [
        (start, date(2025, 6, 30)),
        (date(2025, 7, 1), end),
    ]
    assert kind_stretches(policy, "exam_reuse", start, end, BUILT_IN) == [(start, end)]
    assert [first for first, _ in kind_stretches(policy, "expert_visit", start, end, BUILT_IN)] == [
        start,
        date(2025, 4, 10),
    ]


def test_a_follow_up_is_paid_in_both_years_until_a_death(desk: Desk) -> None:
    course = {"kind": "follow_up_start", "institution_id": "T1", "occurred_on": "2024-10-15", "disease": "lipids"}
    lasting = {"payment/events/follow_up/fee": {"default": 1200}, "payment/events/follow_up/months": {"default": 12}}
    desk.take(events({**course, "person_id": "P1", "case_id": "C1"}, {**STAY, "occurred_on": "2024-10-15"}))
    months = {2024: ["2024-11", "2024-12"], 2025: [f"2025-{number:02d}" for number in range(1, 11)], 2026: []}
    for year, expected in months.items():
        due = [each for each in desk.due(lasting, period=Period(year)) if each.kind == "follow_up_start"]
        assert amounts(due) == [("E1", month, 10_000) for month in expected]
    desk.take(
        {
            "outcomes": [
                {"outcome_id": "O1", "measure": "death", "person_id": "P1", "valid_from": "2025-03-31", "value_e4": 1}
            ]
        }
    )
    assert [month for _, month, _ in amounts(desk.due(lasting))] == ["2025-01", "2025-02", "2025-03"]


def test_outcomes_decide_the_tier_of_a_stay(desk: Desk) -> None:
    stay = {"kind": "value_stay", "institution_id": "H2", "disease": "stroke_rehabilitation", "person_id": "P2"}
    rows = events(*({**stay, "occurred_on": f"2025-0{number}-10"} for number in range(1, 5)))
    records = [
        {
            "outcome_id": f"{measure}{n}",
            "measure": measure,
            "event_id": f"E{n}",
            "valid_from": "2025-05-01",
            "value_e4": value,
        }
        for n in range(1, 5)
        for measure, value in (("functional_gain", n * 10_000), ("functional_gain_predicted", 20_000))
    ]
    desk.take({**rows, "outcomes": records})
    due = desk.due({"payment/events/fund_share": _all_at(1)})
    assert [amount for _, _, amount in amounts(due)] == [1_425_000, 1_500_000, 1_530_000, 1_575_000]


def test_institutions_owe_each_other_for_results_readings_and_experts(desk: Desk) -> None:
    desk.take(
        events(
            {
                "kind": "exam_reuse",
                "occurred_on": "2025-02-02",
                "institution_id": "H2",
                "partner_institution_id": "H3",
                "item": "pathology",
                "cost_price_fen": 12_000,
            },
            {
                "kind": "remote_reading",
                "occurred_on": "2025-02-03",
                "institution_id": "T1",
                "partner_institution_id": "H3",
                "item": "chest_ct",
                "units": 1,
                "person_id": "P3",
            },
            {
                "kind": "expert_visit",
                "occurred_on": "2025-02-04",
                "institution_id": "T1",
                "partner_institution_id": "H3",
                "units": 2,
            },
        )
    )
    assert yearly(desk.due()) == {
        ("H2", "H3", "exam_reuse"): 12_960,
        ("fund", "T1", "remote_reading"): 15_840,
        ("T1", "H3", "reading_share"): 5_400,
        ("T1", "H3", "expert_fee"): 90_000,
    }


HEADS = {
    "payment/events/heads/paid": {"contracted_head": "paid", "disease_head": "paid"},
    "payment/events/contract_fee/fee": "120",
    "payment/events/contract_fee/outcome_share": "0.6",
}


def contracts(*rows: tuple[str, str, str, str]) -> Rows:
    names = ("person_id", "institution_id", "valid_from", "valid_until")
    held = [{**dict(zip(names, row, strict=True)), "follow_up_count": 0} for row in rows]
    scores = [
        {
            "outcome_id": one,
            "measure": "contract_score",
            "institution_id": one,
            "valid_from": "2025-01-01",
            "value_e4": 8_200,
        }
        for one in ("T1", "T2")
    ]
    return {"institutions": PLACES, "persons": PEOPLE, **ALLIANCE, "contracts": held, "outcomes": scores}


def test_heads_are_counted_from_contracts_and_paid_by_kind(desk: Desk) -> None:
    desk.take(
        contracts(
            ("P1", "T1", "2025-01-01", "2025-12-31"),
            ("P2", "T1", "2025-01-01", "2025-12-31"),
            ("P2", "T2", "2025-07-01", "2025-12-31"),
            ("P3", "T2", "2025-01-01", "2025-06-30"),
        )
    )
    # Contract fees: T1 12 + 6 months, T2 6 + 6; fixed 40 %, and 60 % at 0.82. P1 counts for hypertension only.
    assert yearly(desk.due(HEADS)) == {
        ("fund", "T1", "contract_fee"): 7_200,
        ("fund", "T1", "contract_outcome"): 8_856,
        ("fund", "T2", "contract_fee"): 4_800,
        ("fund", "T2", "contract_outcome"): 5_904,
        ("fund", "T1", "capitation"): 80_000 + 47_500,
        ("fund", "T2", "capitation"): 47_500,
    }


def test_a_score_that_is_missing_stops_the_run(desk: Desk) -> None:
    rows = contracts(("P1", "H2", "2025-01-01", "2025-12-31"))
    desk.take(rows)
    with pytest.raises(TongchouError, match=r"payment\.no_score") as refused:
        desk.due(HEADS)
    assert refused.value.where == "H2"


def test_a_head_fee_that_changes_in_july_is_paid_by_halves(desk: Desk) -> None:
    desk.take(contracts(("P1", "T1", "2025-01-01", "2025-12-31")))
    base = "payment/events/capitation/base"
    due = desk.due(
        {**HEADS, base: {"hypertension": 800, "diabetes": 900}},
        {base: ("2025-07-01", {"hypertension": 1000, "diabetes": 900})},
    )
    monthly = {each.transfer.month: each.transfer.amount_fen for each in due if each.kind == "disease_head"}
    assert sum(monthly.values()) == 40_000 + 50_000
    assert (monthly["2025-06"], monthly["2025-12"]) == (6_666, 8_333)


def test_recorded_risk_moves_fees_inside_the_alliance_and_what_is_missing_is_named(desk: Desk) -> None:
    rows = contracts(("P1", "T1", "2025-01-01", "2025-12-31"), ("P2", "H2", "2025-01-01", "2025-12-31"))
    risks = {"P1": 10_000, "P2": 30_000}
    records = [
        {"outcome_id": one, "measure": "risk_factor", "person_id": one, "valid_from": "2025-01-01", "value_e4": risk}
        for one, risk in risks.items()
    ]
    policy = {
        "payment/events/heads/paid": {"contracted_head": "not_paid", "disease_head": "paid"},
        "payment/events/capitation/risk_adjustment": "recorded",
        "payment/events/capitation/diseases": "diabetes",
        "payment/events/capitation/base": {"diabetes": 900},
    }
    desk.take(rows)
    with pytest.raises(TongchouError, match=r"runs\.no_risk_factor") as refused:
        desk.due(policy)
    assert refused.value.where == "P1, P2"
    desk.take({"outcomes": records})
    assert yearly(desk.due(policy)) == {("fund", "T1", "capitation"): 45_000, ("fund", "H2", "capitation"): 135_000}


def test_pooled_cost_counts_where_and_when_the_person_was_a_head(desk: Desk) -> None:
    desk.take(
        contracts(
            ("P1", "T1", "2025-01-01", "2025-12-31"),
            ("P2", "T1", "2025-01-01", "2025-06-30"),
            ("P2", "T2", "2025-07-01", "2025-12-31"),
        )
    )
    policy = {
        "payment/events/heads/paid": {"contracted_head": "not_paid", "disease_head": "paid"},
        "payment/events/capitation/against": "pooled_inpatient",
        "payment/events/capitation/diseases": "diabetes",
        "payment/events/capitation/base": {"diabetes": 1000},
        "payment/events/capitation/stop_loss/threshold": {"default": 700},
    }
    priced = [
        {"person_id": "P2", "month": "2025-03", "fund_fen": 40_000},
        {"person_id": "P2", "month": "2025-09", "fund_fen": 90_000},
        {"person_id": "P3", "month": "2025-09", "fund_fen": 999_000},
    ]
    # The alliance: 1,000 + 500 less 400. T2 by itself: 500 less 900 cut at 700, so 200 are lacking.
    assert yearly(desk.due(policy, priced=priced)) == {
        ("fund", "T1", "capitation"): 110_000,
        ("T2", "fund", "capitation_deficit"): 20_000,
    }


def test_rows_come_out_alike_in_any_order_of_the_files(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = {
        **contracts(("P1", "T1", "2025-01-01", "2025-12-31"), ("P3", "T2", "2025-02-01", "2025-06-30")),
        **events(
            *({**STAY, "days": days, "occurred_on": f"2025-{days:02d}-15"} for days in range(1, 13)),
            {**DRUGS, "occurred_on": "2025-05-05", "in_scope_fen": 22_222},
            {**DRUGS, "occurred_on": "2025-05-05", "in_scope_fen": 33_333},
        ),
    }
    turned = Desk(tmp_path_factory.mktemp("turned"), desk.engine)
    desk.take(rows)
    turned.take({name: list(reversed(listed)) for name, listed in rows.items()})
    due = desk.due(HEADS)
    table = priced_events_table("r2025-x", due)
    assert table.schema == PRICED_EVENTS.arrow_schema
    assert table.equals(priced_events_table("r2025-x", list(reversed(turned.due(HEADS)))))
    assert sum(table["amount_fen"].to_pylist()) == sum(each.transfer.amount_fen for each in due)
    key = list(zip(*(table[name].to_pylist() for name in PRICED_EVENTS.key), strict=True))
    assert len(set(key)) == table.num_rows
    assert key == sorted(key)
    for column in PRICED_EVENTS.columns:
        values = table[column.name].to_pylist()
        assert None not in values
        assert not column.values or set(values) <= set(column.values)


def test_the_generated_county_is_priced_without_heads(taken_in: Region) -> None:
    with open_engine("duckdb") as engine:
        facts = Facts(engine, taken_in.lake, taken_in.lake.snapshot())
        due = event_money(facts, taken_in.policy(), PERIOD, engine.scan([], PRICED.arrow_schema)).transfers
        events = facts.row_counts()["service_events"]
    paid = {each.method for each in due}
    assert paid == {"two_diseases", "remote_reading", "exam_reuse", "expert_fee"}
    assert len({each.transfer.subject for each in due}) == events > 100


def test_two_amounts_of_one_name_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.take(events({**STAY, "occurred_on": "2025-03-31"}))

    def twice(*given: object) -> tuple[RoutedTransfer, ...]:
        return priced(*given) * 2  # type: ignore[arg-type]

    from tongchou.runs import events as stage

    priced = stage.price_batch
    monkeypatch.setattr(stage, "price_batch", twice)
    with pytest.raises(TongchouError, match=r"runs\.paid_twice"):
        desk.due()


def _all_at(share: int) -> dict[str, object]:
    return {"default": {"default": {"default": share}}}
