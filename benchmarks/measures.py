"""The measures that a benchmark prints, and the work that each of them needs."""

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from benchmarks.floors import gather_codes, rewrite_landing, sum_money
from benchmarks.line import generate, intake, settle_year, try_scenario
from benchmarks.measure import Spent
from benchmarks.place import Place

Work = Callable[..., dict[str, Spent]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured under one name.

    Attributes:
        title: The name for people.
        work: The work whose stages are measured.
        stages: The stages of the work that count.
        floor: What DuckDB alone needs for the same tables; None where there is nothing to read.
        floor_title: What that is.
    """

    title: str
    work: Work
    stages: tuple[str, ...]
    floor: Work | None = None
    floor_title: str = ""


_REWRITE = "读出交入的文件再写一遍 / reading the files handed in and writing them again"
_LISTS = "把诊断与手术编码归成列表并计数 / gathering codes into lists and counting them"
_SUMS = "病例与费用相连，按机构与月合计 / joining cases and fees, summing by institution and month"

PLANS: Mapping[str, Plan] = {
    "generation": Plan("生成 generation", generate, ("generation",)),
    "intake": Plan("入库 intake", intake, ("intake",), rewrite_landing, _REWRITE),
    "grouping": Plan("分组 grouping", settle_year, ("group",), gather_codes, _LISTS),
    "pricing": Plan("定价 pricing", settle_year, ("weigh", "price"), sum_money, _SUMS),
    "settlement": Plan("清算 settlement", settle_year, ("settle", "post", "print"), sum_money, _SUMS),
    "scenario": Plan(
        "情景 scenario",
        try_scenario,
        ("read", "group", "weigh", "price", "settle", "compare"),
        sum_money,
        _SUMS,
    ),
}
"""Every measure by its name, in the order of the line; `benchmarks.grouper` measures grouping by itself."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out under one name.

    Attributes:
        name: A key of `PLANS`.
        cases: Cases worked on.
        stages: What each stage spent.
        floor: What DuckDB alone spent, where there is a floor.
    """

    name: str
    cases: int
    stages: Mapping[str, Spent]
    floor: Spent | None

    @property
    def seconds(self) -> float:
        """The time of all stages."""
        return sum(spent.seconds for spent in self.stages.values())

    @property
    def cpu_seconds(self) -> float:
        """The processor time of all stages."""
        return sum(spent.cpu_seconds for spent in self.stages.values())

    @property
    def peak_bytes(self) -> int:
        """The largest resident memory of any stage."""
        return max(spent.peak_bytes for spent in self.stages.values())

    @property
    def cases_per_second(self) -> int:
        """How many cases a second."""
        return round(self.cases / self.seconds)

    @property
    def ratio(self) -> float | None:
        """How many times the floor's time was needed."""
        return self.seconds / self.floor.seconds if self.floor else None


class Bench:
    """Runs works one after the other, each once and in a process of its own.

    Args:
        place: Where the data lies.
        cases: How many cases are generated, if they are not there already.
        tell: Told the name of each work that begins.
    """

    def __init__(self, place: Place, cases: int, tell: Callable[[str], None]) -> None:
        self._place = place
        self._cases = cases
        self._tell = tell
        self._done: dict[Work, dict[str, Spent]] = {}

    def measure(self, name: str) -> Measured:
        """Measure what one of `PLANS` names, after what it needs."""
        plan = PLANS[name]
        if plan.work is not generate:
            self._need(generate, is_there=self._place.is_generated(self._cases))
        if plan.work in (settle_year, try_scenario):
            self._need(intake, is_there=self._place.is_taken_in)
        if plan.work is try_scenario:
            self._need(settle_year, is_there=self._place.is_settled)
        spent = self._run(plan.work)
        floor = self._run(plan.floor) if plan.floor else None
        return Measured(
            name,
            self._cases,
            {stage: spent[stage] for stage in plan.stages},
            next(iter(floor.values())) if floor else None,
        )

    def _need(self, work: Work, *, is_there: bool) -> None:
        if not is_there:
            self._run(work)

    def _run(self, work: Work) -> dict[str, Spent]:
        if work not in self._done:
            self._tell(work.__name__.replace("_", " "))
            arguments = (self._place, self._cases) if work is generate else (self._place,)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                self._done[work] = process.submit(work, *arguments).result()
        return self._done[work]
