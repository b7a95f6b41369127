"""What answers at once: the policy of the day, the groupers and the prices of the year's run, kept loaded.

All of it is looked at again every few seconds, by one asker, while the others still get what was there.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.money import scale
from tongchou.core.text import Text
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.code_set import code_set_folders, find_code_set
from tongchou.grouping.schemes.library import scheme_folder, scheme_folders
from tongchou.grouping.schemes.scheme import Scheme
from tongchou.payment.base_rate import base_rate
from tongchou.payment.benefit import BenefitTerms, read_benefit_terms
from tongchou.runs.frames import Facts
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.run_rules import RunRules, read_rules
from tongchou.schema.contract import Table
from tongchou.schema.tables import DIAGNOSES, PROCEDURES
from tongchou.workplace.code_index import CodeIndex, index_of
from tongchou.workplace.dip_at_hand import DipAtHand
from tongchou.workplace.engines import EnginePool
from tongchou.workplace.kept_fresh import KeptFresh, mark_of
from tongchou.workplace.shelf import Shelf

_KEPT_DAYS = 60
_KEPT_RULES = 2


@dataclass(frozen=True, slots=True)
class Prices:
    """Weights and base rates of the run that stands for the latest period.

    Attributes:
        run_id: The run.
        period: Its year.
        scheme: The scheme that it grouped by.
        weights_e4: The weight of every group that occurred x 10,000.
        rates_fen: Fen per weight of 1, by insurance type; empty where no rate is paid.
    """

    run_id: str
    period: str
    scheme: str
    weights_e4: Mapping[str, int]
    rates_fen: Mapping[str, int]

    def standards_fen(self, grouped: Grouped) -> Mapping[str, int]:
        """Return rate x weight of a case by insurance type, half up to the fen, before any coefficient."""
        weight_e4 = self.weights_e4.get(grouped.drg) if grouped.status == "grouped" else None
        return {} if weight_e4 is None else {kind: scale(rate, weight_e4) for kind, rate in self.rates_fen.items()}


@dataclass(frozen=True, slots=True)
class Ready:
    """A grouper ready to answer.

    Attributes:
        name: The scheme's name.
        title: Its title.
        notice: What is said wherever its results are shown; None for a scheme that is paid by.
        grouper: Groups by it.
        names: The names of its DRGs.
        prices: Of the run that grouped by the same scheme; None where there is no such run.
    """

    name: str
    title: Text
    notice: Text | None
    grouper: Grouper
    names: Mapping[str, Text]
    prices: Prices | None


class AtHand:
    """Keeps loaded what single requests need.

    Args:
        region: The region.
        shelf: Its runs.
        engines: Read which codes the region's cases have.
        today: The day, where the place is.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        region: Region,
        shelf: Shelf,
        engines: EnginePool,
        today: Callable[[], date],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._region = region
        self._shelf = shelf
        self._engines = engines
        self._today = today
        self._kept = KeptFresh(clock)
        self._terms: OrderedDict[tuple[str, date], BenefitTerms] = OrderedDict()
        self._rules: OrderedDict[tuple[str, str, str], RunRules] = OrderedDict()
        self._lock = threading.RLock()
        self.dip = DipAtHand(region, shelf, self.policy, today, self._kept)

    @property
    def first_needed(self) -> tuple[Callable[[], object], ...]:
        """What loads what the first requests of the day need, a piece each; a piece may raise its `TongchouError`."""
        return (self._grouping, self.codes, lambda: self.terms(self._today()))

    def _grouping(self) -> object:
        return self.dip.ready() if self.dip.is_paid_by() else self.ready(None)

    def known(self, scheme: str | None) -> Ready | None:
        """Return a grouper if it was looked at a moment ago; None where `ready` must be asked, which may take long."""
        found = self._kept.fresh(f"ready {scheme or ''}")
        return found.value if found is not None and isinstance(found.value, Ready) else None

    def ready(self, scheme: str | None) -> Ready:
        """Return the grouper of a scheme at hand; of the scheme that today's policy names where none is named.

        Raises:
            TongchouError: `grouping.no_scheme`; `workplace.no_drg_scheme` if today's policy pays by DIP.
        """
        name = self._named(scheme)
        prices = self._prices()
        # A scheme may be written over another one: all of them are looked at.
        mark = f"{name} {mark_of(scheme_folder(name), *scheme_folders().values())} {prices.run_id if prices else '-'}"
        found = self._kept.look(f"ready {scheme or ''}", mark, lambda: self._load(name, prices)).value
        assert isinstance(found, Ready)  # noqa: S101  # made above
        return found

    def codes(self) -> CodeIndex:
        """Return the codes that can be looked up: of the code sets at hand, else of the lists of today's scheme.

        Raises:
            TongchouError: `grouping.scheme_file` if a code set cannot be read.
        """
        found = self._kept.fresh("codes")
        if found is None:
            scheme = self._scheme_of_lists()
            folders = code_set_folders()
            mark = f"{scheme.fingerprint} {mark_of(*folders.values())}"
            found = self._kept.look("codes", mark, lambda: index_of((find_code_set(name) for name in folders), scheme))
        assert isinstance(found.value, CodeIndex)  # noqa: S101
        return found.value

    def policy(self) -> RegionPolicy:
        """Return the region's policy as its files are now."""
        return self._policy()[0]

    def _policy(self) -> tuple[RegionPolicy, str]:
        """Return the policy with the mark of the files that it was read from: of one and the same reading."""
        kept = self._kept.fresh("policy")
        if kept is None:
            kept = self._kept.look("policy", mark_of(*self._region.policy_folders), self._region.policy)
        assert isinstance(kept.value, RegionPolicy)  # noqa: S101
        return kept.value, kept.mark

    def rules(self, record: RunRecord) -> RunRules:
        """Return by what a finished run was computed, kept for the runs that were asked about last.

        Raises:
            TongchouError: `runs.policy_changed`.
        """
        if record.inputs.policy_pack:
            return read_rules(self._region, record.run_id)
        policy, mark = self._policy()
        key = (mark, record.run_id, record.result_hash)
        with self._lock:
            found = self._rules.get(key)
            if found is None:
                found = self._rules[key] = RunRules(self._region, record, policy)
            self._rules.move_to_end(key)
            while len(self._rules) > _KEPT_RULES:
                self._rules.popitem(last=False)
        return found

    def known_terms(self, day: date) -> BenefitTerms | None:
        """Return the terms of a day if they were read a moment ago; None where `terms` must be asked."""
        kept = self._kept.fresh("policy")
        if kept is None:
            return None
        return self._terms.get((kept.mark, day))

    def terms(self, day: date) -> BenefitTerms:
        """Return the benefit's terms on a day.

        Raises:
            TongchouError: As `read_benefit_terms` says.
        """
        policy, mark = self._policy()
        key = (mark, day)
        found = self._terms.get(key)
        if found is None:
            found = read_benefit_terms(policy.at(day))
            with self._lock:
                self._terms[key] = found
                while len(self._terms) > _KEPT_DAYS:
                    self._terms.popitem(last=False)
        return found

    def _scheme_of_lists(self) -> Scheme:
        try:
            return self.ready(None).grouper.scheme
        except TongchouError:
            # A region that pays by DIP still looks codes up.
            return self.ready(next(iter(scheme_folders()))).grouper.scheme

    def require_scheme(self, scheme: str) -> str:
        """Return a scheme's name: a caller names what is at hand, never a folder of the machine.

        Raises:
            TongchouError: `grouping.no_scheme`.
        """
        return scheme if scheme in scheme_folders() else _refuse(scheme)

    def _named(self, scheme: str | None) -> str:
        if scheme is None:
            view = self.policy().at(self._today())
            if self.dip.is_paid_by():
                raise _pays_by_dip()
            return view.text("payment/drg/scheme")
        return self.require_scheme(scheme)

    def _load(self, name: str, prices: Prices | None) -> Ready:
        grouper = Grouper.find(name)
        grouper.learn(*(self._met_codes(table) for table in (DIAGNOSES, PROCEDURES)))
        manifest = grouper.scheme.manifest
        notice = manifest.notice if manifest.purpose == "learning" else None
        fits = prices is not None and prices.scheme in {name, manifest.name}
        names = grouper.scheme.drg_names()
        return Ready(manifest.name, manifest.title, notice, grouper, names, prices if fits else None)

    def _met_codes(self, table: Table) -> list[str]:
        """Return the codes of the region's cases: those that come will mostly have the same ones."""
        with self._engines.engine() as engine:
            lake = self._region.lake
            codes = Facts(engine, lake, lake.snapshot()).table(table).select("code").unique()
            found: list[str] = engine.collect(codes).column("code").to_pylist()
            return found

    def _prices(self) -> Prices | None:
        standing = self._shelf.standing()
        if not standing:
            return None
        run_id = standing[max(standing)]
        found = self._kept.look("prices", run_id, lambda: self._read_prices(run_id)).value
        return found if isinstance(found, Prices) else None

    def _read_prices(self, run_id: str) -> Prices:
        record = self._shelf.record(run_id)
        view = self.policy().at(Period.parse(record.inputs.period).end)
        by_rate = view.text("payment/inpatient/method") == "drg_rate"
        totals = record.weight_totals_e4 if by_rate else {}
        return Prices(
            run_id,
            record.inputs.period,
            record.inputs.scheme,
            {each.drg: each.weight_e4 for each in record.weights},
            {kind: base_rate(view, kind, total).rate_fen for kind, total in totals.items()},
        )


def _refuse(scheme: str) -> str:
    known = ", ".join(scheme_folders()) or "-"
    raise TongchouError(
        "grouping.no_scheme",
        what=Text("没有这个分组方案", "there is no such scheme"),
        where=scheme,
        why=Text(f"已有的方案是：{known}", f"the schemes at hand are: {known}"),
        remedy=Text("改用其中之一，或请管理员导入", "name one of these, or have the administrator import it"),
    )


def _pays_by_dip() -> TongchouError:
    return TongchouError(
        "workplace.no_drg_scheme",
        what=Text("现行政策没有 DRG 分组方案", "today's policy has no DRG scheme"),
        where="payment/inpatient/method",
        why=Text("现行付费方式为 DIP 分值", "it pays by DIP points"),
        remedy=Text("写明分组方案的名称", "name a scheme"),
    )
