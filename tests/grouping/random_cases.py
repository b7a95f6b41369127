"""Random cases that aim at every group of a scheme: each reaches its group or just misses it, in many ways."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.grouping.naive.code_lists import CodeLists, Target

MOST_DIAGNOSES, MOST_PROCEDURES = 16, 7
FIRST, NEWBORNS, TRAUMA = "MDCA", "MDCP", "MDCZ"
PARTICULAR = ("MDCA", "MDCP", "MDCY", "MDCZ", "MDCM", "MDCN", "MDCO")
USUAL_SEX = {"MDCM": ("male", "1", "男"), "MDCN": ("female", "2", "女"), "MDCO": ("female", "2", "女")}
SEXES = ("male", "female", "male", "female", "1", "2", "男", "女")
NO_SEX = (None, "", "9", "0", "unknown")
INFANT_DAYS = (0, 1, 15, 27, 28, 28, 28, 29, 29, 30, 200, 364)
WEIGHTS = (0, 1, 800, 1499, 1500, 1501, 1999, 2000, 2001, 2499, 2500, 2501, 3300, 5000)
ADULT_YEARS = (1, 1, 5, 17, 18, 40, 65, 80, 99, 120)
UNKNOWN_DIAGNOSES = ("NOTHING", "K80", "I21", "A00.9999", "Z99.999x999", "诊断")
UNKNOWN_PROCEDURES = ("NOTHING", "38", "00.0000", "99.9999x999", "手术")
SEVERITIES = ("none", "mcc", "cc", "excluded mcc", "excluded cc", "both", "anything")

Case = dict[str, Any]


@dataclass
class _Pools:
    """The lists, turned so that a code of each wanted kind can be drawn at once."""

    lists: CodeLists
    diagnoses: list[str] = field(default_factory=list)
    procedures: list[str] = field(default_factory=list)
    mcc: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    severe_of_table: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    principals: dict[str, list[str]] = field(default_factory=dict)
    own_principals: dict[str, list[str]] = field(default_factory=dict)
    own_ways: dict[str, list[list[list[str]]]] = field(default_factory=dict)
    mdc_of: dict[str, str] = field(default_factory=dict)
    of_mdc: dict[str, list[Target]] = field(default_factory=dict)
    split: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        lists = self.lists
        every = {code for codes in lists.mdcs.values() for code in codes}
        self.diagnoses = sorted(every | set(lists.mcc) | set(lists.cc) | set(lists.exclusions))
        of_groups = {code for target in lists.targets for way in target.procedures for codes in way for code in codes}
        self.procedures = sorted(of_groups | set(lists.surgery))
        self.mcc, self.cc = sorted(lists.mcc), sorted(lists.cc)
        for level, severe in (("mcc", lists.mcc), ("cc", lists.cc)):
            for code, table in sorted(severe.items()):
                self.severe_of_table.setdefault((level, table), []).append(code)
        for mdc, codes in lists.mdcs.items():
            self.mdc_of |= dict.fromkeys(codes, mdc)
        for number, target in enumerate(lists.targets):
            self._learn(target, lists.targets[:number])
            self.of_mdc.setdefault(target.mdc, []).append(target)
            if target.drg_count == 3 and not target.procedures and target.mdc not in PARTICULAR:
                self.split += self.own_principals[target.adrg]

    def split_by(self, principal: str) -> list[Target]:
        """Return the groups that a principal diagnosis can reach and that severity splits."""
        mates = self.of_mdc[self.mdc_of.get(principal, FIRST)]
        split = [mate for mate in mates if mate.drg_count > 1]
        return [mate for mate in split if principal in mate.diagnoses or not mate.diagnoses]

    def _learn(self, target: Target, before: Sequence[Target]) -> None:
        """Find the codes that reach a target, and those of them that no group before it takes."""
        gate = self.lists.mdcs.get(target.mdc)
        inside = set(target.diagnoses) & set(gate or self.diagnoses)
        self.principals[target.adrg] = sorted(inside) or list(target.diagnoses) or list(gate or self.diagnoses)
        mates = [mate for mate in before if mate.mdc == target.mdc]
        taken = {code for mate in mates if not mate.procedures for code in mate.diagnoses}
        self.own_principals[target.adrg] = sorted(set(self.principals[target.adrg]) - taken)
        used = {code for mate in mates for way in mate.procedures if len(way) == 1 for code in way[0]}
        own = [[sorted(set(codes) - used) for codes in way] for way in target.procedures]
        self.own_ways[target.adrg] = [way for way in own if all(way)]


def random_cases(lists: CodeLists, count: int, seed: int) -> Iterator[Case]:
    """Yield `count` cases; the same seed gives the same cases."""
    random, pools = Random(seed), _Pools(lists)
    for number in range(count):
        round_, place = divmod(number, len(lists.targets))
        case = _aimed(random, pools, lists.targets[place], SEVERITIES[round_ % len(SEVERITIES)])
        while random.random() < 0.45:
            random.choice(MUTATIONS)(random, pools, case)
        case["case_id"] = f"R{number}"
        case["diagnoses"] = case["diagnoses"] and case["diagnoses"][:MOST_DIAGNOSES]
        case["procedures"] = case["procedures"] and case["procedures"][:MOST_PROCEDURES]
        yield case


def cases_of_every_code(lists: CodeLists, seed: int) -> Iterator[Case]:
    """Yield, for every code of every list, a case in which that code is the one that should count."""
    random, pools = Random(seed), _Pools(lists)
    has_swept_surgery = False
    for target in lists.targets:
        for code in target.diagnoses:
            case = _aimed(random, pools, target, "none")
            yield case | {"diagnoses": [code, *case["diagnoses"][1:]]}
        if target.is_any_surgery and has_swept_surgery:
            continue
        has_swept_surgery |= target.is_any_surgery
        for way in target.procedures:
            for place, codes in enumerate(way):
                for code in (*codes, *codes):
                    others = [random.choice(other) for number, other in enumerate(way) if number != place]
                    yield _aimed(random, pools, target, "none") | {"procedures": [code, *others]}
    for mdc, codes in lists.mdcs.items():
        for code in codes:
            case = _aimed(random, pools, random.choice(pools.of_mdc[mdc]), "none")
            operations = random.choice(([], [random.choice(lists.surgery)]))
            yield case | {"diagnoses": [code, *case["diagnoses"][1:]], "procedures": operations}
    wounds = sorted(code for codes in lists.sites.values() for code in codes)
    for code in wounds:
        yield _adult([code, random.choice(wounds)])
        yield _adult([random.choice(wounds), code])
    for code in [*pools.mcc, *pools.cc]:
        yield _adult([random.choice(pools.split), code])
    for code, table in sorted(lists.exclusions.items()):
        split = pools.split_by(code)
        for level in ("mcc", "cc"):
            severe = random.choice(pools.severe_of_table.get((level, table), pools.mcc))
            case = _aimed(random, pools, random.choice(split), "none") if split else _adult([])
            yield case | {"diagnoses": [code, severe]}


def _adult(diagnoses: list[str]) -> Case:
    return {
        "case_id": "",
        "sex": "female",
        "age_years": 40,
        "age_days": None,
        "birth_weight_g": None,
        "diagnoses": diagnoses,
        "procedures": [],
    }


def _aimed(random: Random, pools: _Pools, target: Target, severe: str) -> Case:
    pick = random.choice
    own = pools.own_principals[target.adrg]
    principal = pick(own if own and random.random() < 0.5 else pools.principals[target.adrg])
    diagnoses = [principal]
    if target.diagnoses and random.random() < 0.1:
        # The group's diagnosis among the secondary ones only: enough for some rules, not for most.
        diagnoses = [pick(pools.lists.mdcs.get(target.mdc) or pools.diagnoses), pick(target.diagnoses)]
    if target.mdc == TRAUMA and random.random() < 0.9:
        diagnoses.append(pick(pools.lists.sites[pick(list(pools.lists.sites))]))
    diagnoses += _severe(random, pools, diagnoses[0], severe)
    procedures: list[str] = []
    if target.procedures:
        own_ways = pools.own_ways[target.adrg]
        way = pick(own_ways if own_ways and random.random() < 0.5 else target.procedures)
        procedures = [pick(codes) for codes in way]
        if len(procedures) > 1:
            random.shuffle(procedures)
    elif random.random() < 0.1:
        procedures = [pick(pools.procedures)]
    sex = pick(USUAL_SEX.get(target.mdc, SEXES))
    case: Case = {"case_id": "", "sex": sex, "age_years": pick(ADULT_YEARS), "age_days": None, "birth_weight_g": None}
    case |= {"diagnoses": diagnoses, "procedures": procedures}
    if target.mdc == NEWBORNS or random.random() < 0.03:
        _make_infant(random, pools, case)
    return case


def _severe(random: Random, pools: _Pools, principal: str, severe: str) -> list[str]:
    table = pools.lists.exclusions.get(principal, "")
    match severe:
        case "mcc":
            return [random.choice(pools.mcc)]
        case "cc":
            return [random.choice(pools.cc)]
        case "excluded mcc" | "excluded cc":
            codes = pools.severe_of_table.get((severe.removeprefix("excluded "), table))
            return [random.choice(codes)] if codes else []
        case "both":
            return [random.choice(pools.cc), random.choice(pools.mcc)]
        case "anything":
            return [random.choice(pools.diagnoses) for _ in range(random.randint(1, 5))]
    return []


# What can happen to a case.


def _make_infant(random: Random, _: _Pools, case: Case) -> None:
    case["age_years"], case["age_days"] = 0, random.choice(INFANT_DAYS)
    case["birth_weight_g"] = random.choice(WEIGHTS)


def _lose_a_value(random: Random, _: _Pools, case: Case) -> None:
    case[random.choice(("age_years", "age_days", "birth_weight_g", "sex"))] = None


def _spoil_sex(random: Random, _: _Pools, case: Case) -> None:
    case["sex"] = random.choice(NO_SEX)


def _change_sex(random: Random, _: _Pools, case: Case) -> None:
    case["sex"] = random.choice(SEXES)


def _change_age(random: Random, _: _Pools, case: Case) -> None:
    case["age_years"] = random.choice((0, 0, *ADULT_YEARS))
    case["age_days"] = random.choice((None, *INFANT_DAYS))


def _change_weight(random: Random, _: _Pools, case: Case) -> None:
    case["birth_weight_g"] = random.choice(WEIGHTS)


def _shuffle_secondary(random: Random, _: _Pools, case: Case) -> None:
    if case["diagnoses"]:
        tail = case["diagnoses"][1:]
        random.shuffle(tail)
        case["diagnoses"][1:] = tail


def _shuffle_diagnoses(random: Random, _: _Pools, case: Case) -> None:
    random.shuffle(case["diagnoses"] or [])


def _shuffle_procedures(random: Random, _: _Pools, case: Case) -> None:
    random.shuffle(case["procedures"] or [])


def _repeat_principal(_: Random, __: _Pools, case: Case) -> None:
    if case["diagnoses"]:
        case["diagnoses"].append(case["diagnoses"][0])


def _repeat_codes(random: Random, _: _Pools, case: Case) -> None:
    for name in ("diagnoses", "procedures"):
        if case[name]:
            case[name].append(random.choice(case[name]))


def _principal_of_a_mate(random: Random, pools: _Pools, case: Case) -> None:
    if case["diagnoses"] and case["diagnoses"][0] in pools.mdc_of:
        case["diagnoses"][0] = random.choice(pools.lists.mdcs[pools.mdc_of[case["diagnoses"][0]]])


def _principal_of_another_mdc(random: Random, pools: _Pools, case: Case) -> None:
    codes = pools.lists.mdcs[random.choice(list(pools.lists.mdcs))]
    case["diagnoses"] = [random.choice(codes), *(case["diagnoses"] or [])[1:]]


def _add_secondary(random: Random, pools: _Pools, case: Case) -> None:
    case["diagnoses"] = (case["diagnoses"] or []) + [random.choice(pools.diagnoses)]


def _add_severe(random: Random, pools: _Pools, case: Case) -> None:
    codes = random.choice((pools.mcc, pools.cc))
    case["diagnoses"] = (case["diagnoses"] or []) + [random.choice(codes)]


def _add_wound(random: Random, pools: _Pools, case: Case) -> None:
    codes = pools.lists.sites[random.choice(list(pools.lists.sites))]
    case["diagnoses"] = (case["diagnoses"] or []) + [random.choice(codes)]


def _fill_up(random: Random, pools: _Pools, case: Case) -> None:
    more = [random.choice(pools.diagnoses) for _ in range(random.randint(3, MOST_DIAGNOSES))]
    case["diagnoses"] = (case["diagnoses"] or []) + more
    more = [random.choice(pools.procedures) for _ in range(random.randint(0, MOST_PROCEDURES))]
    case["procedures"] = (case["procedures"] or []) + more


def _add_procedure(random: Random, pools: _Pools, case: Case) -> None:
    code = random.choice(random.choice((pools.procedures, pools.lists.surgery)))
    procedures = case["procedures"] or []
    procedures.insert(random.randint(0, len(procedures)), code)
    case["procedures"] = procedures


def _procedure_of_a_mate(random: Random, pools: _Pools, case: Case) -> None:
    mates = pools.of_mdc[pools.mdc_of.get((case["diagnoses"] or [""])[0], FIRST)]
    operated = [mate for mate in mates if mate.procedures]
    if operated:
        way = random.choice(random.choice(operated).procedures)
        case["procedures"] = [random.choice(codes) for codes in way] + (case["procedures"] or [])


def _drop_procedure(_: Random, __: _Pools, case: Case) -> None:
    if case["procedures"]:
        case["procedures"].pop()


def _add_unknown(random: Random, _: _Pools, case: Case) -> None:
    for name, codes in (("diagnoses", UNKNOWN_DIAGNOSES), ("procedures", UNKNOWN_PROCEDURES)):
        present = case[name] or []
        present.insert(random.randint(0, len(present)), random.choice(codes))
        case[name] = present


def _almost_a_code(random: Random, _: _Pools, case: Case) -> None:
    for name in ("diagnoses", "procedures"):
        if case[name]:
            place = random.randrange(len(case[name]))
            # What stands for a pair of dagger and asterisk is left to the tests of notations.
            if "+" not in case[name][place]:
                case[name][place] += random.choice(("9", "99", "x999"))


def _no_diagnosis(random: Random, _: _Pools, case: Case) -> None:
    case["diagnoses"] = random.choice((None, []))


def _no_procedure(random: Random, _: _Pools, case: Case) -> None:
    case["procedures"] = random.choice((None, []))


MUTATIONS: tuple[Callable[[Random, _Pools, Case], None], ...] = (
    _make_infant,
    _lose_a_value,
    _spoil_sex,
    _change_sex,
    _change_age,
    _change_weight,
    _shuffle_secondary,
    _shuffle_diagnoses,
    _shuffle_procedures,
    _repeat_principal,
    _repeat_codes,
    _principal_of_a_mate,
    _principal_of_another_mdc,
    _add_secondary,
    _add_severe,
    _add_wound,
    _fill_up,
    _add_procedure,
    _procedure_of_a_mate,
    _drop_procedure,
    _add_unknown,
    _almost_a_code,
    _no_diagnosis,
    _no_procedure,
)
