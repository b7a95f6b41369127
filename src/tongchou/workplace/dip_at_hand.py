"""The DIP catalogue by which a region that pays by points groups, kept loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.catalogue_folder import read_catalogue
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.runs.groupings import CATALOGUE, DIP, published_folder
from tongchou.runs.region import Region, RegionPolicy
from tongchou.workplace.kept_fresh import KeptFresh, mark_of
from tongchou.workplace.shelf import Shelf

_METHOD = "dip_points"
_MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class ReadyDip:
    """A DIP catalogue ready to answer.

    Attributes:
        name: How a run's record names a grouping by it.
        notice: What is said wherever its results are shown.
        grouper: Groups by it.
        run_id: The run that measured it; None of a published catalogue.
        period: That run's year.
    """

    name: str
    notice: Text
    grouper: DipGrouper
    run_id: str | None
    period: str | None


class DipAtHand:
    """Keeps the catalogue of today's policy loaded.

    Args:
        region: The region.
        shelf: Its runs, which keep the catalogues that they measured.
        policy: Gives the policy as it is now.
        today: The day, where the place is.
        kept: Where it is kept.
    """

    def __init__(
        self,
        region: Region,
        shelf: Shelf,
        policy: Callable[[], RegionPolicy],
        today: Callable[[], date],
        kept: KeptFresh,
    ) -> None:
        self._region = region
        self._shelf = shelf
        self._policy = policy
        self._today = today
        self._kept = kept

    def is_paid_by(self) -> bool:
        """Return whether today's policy pays stays by DIP points."""
        return self._policy().at(self._today()).text("payment/inpatient/method") == _METHOD

    def ready(self) -> ReadyDip:
        """Return the catalogue of today's policy at hand: the published one, or the one that the latest run measured.

        Raises:
            TongchouError: `runs.no_catalogue`; `workplace.no_dip_catalogue` if it is yet to be measured;
                `grouping.dip_catalogue` if it cannot be read.
        """
        found = self._kept.fresh("dip")
        if found is None:
            named = self._policy().at(self._today()).text("payment/dip/catalogue")
            run_id, period = self._measured() if named == _MEASURED else (None, None)
            folder = self._region.run_folder(run_id) / CATALOGUE if run_id else published_folder(self._region, named)
            found = self._kept.look("dip", mark_of(folder), lambda: _read(folder, run_id, period))
        assert isinstance(found.value, ReadyDip)  # noqa: S101  # made above
        return found.value

    def _measured(self) -> tuple[str, str]:
        standing = self._shelf.standing()
        measured = [period for period in standing if self._shelf.record(standing[period]).inputs.scheme == DIP]
        if not measured:
            raise TongchouError(
                "workplace.no_dip_catalogue",
                what=Text("还没有 DIP 病种目录库", "there is no DIP catalogue yet"),
                where="payment/dip/catalogue",
                why=Text("目录库由结算测算，还没有入账的结算", "a run measures it, and none has been posted"),
                remedy=Text("先完成一次结算，或在政策中写明目录库", "settle a year first, or name one in the policy"),
            )
        return standing[max(measured)], max(measured)


def _read(folder: Path, run_id: str | None, period: str | None) -> ReadyDip:
    catalogue = read_catalogue(folder)
    return ReadyDip(DIP, catalogue.rules.notice, DipGrouper(catalogue), run_id, period)
