"""Weights that a trial takes from a finished run: they follow from the groups, the cases and the weights' own terms."""

from tongchou.runs.alike import has_same_facts, policy_of
from tongchou.runs.groupings import DrgGrouping
from tongchou.runs.order import Work
from tongchou.runs.paying import measured_years
from tongchou.runs.record import RunRecord
from tongchou.runs.weighing import Weighing, rates_of, read_weight_terms


def take_weighing(work: Work, finished: RunRecord) -> Weighing | None:
    """Return the weights of a finished run with the trial's own base rates; None where they might be others.

    They are the same if data, period, software, scheme and loaded table are, and if both policies find weights by the
    same terms.

    Args:
        work: The run that wants them.
        finished: The other run.
    """
    own, other = work.inputs, finished.inputs
    if not isinstance(work.grouping, DrgGrouping) or not has_same_facts(work, finished):
        return None
    if (own.scheme_fingerprint, own.weight_table) != (other.scheme_fingerprint, other.weight_table):
        return None
    theirs = policy_of(work, finished)
    if theirs is None:
        return None
    period = work.order.period
    terms, their_terms = (
        read_weight_terms(view, measured_years(view, period.year)) for view in (work.view, theirs.at(period.end))
    )
    if terms != their_terms:
        return None
    weights, totals = {each.drg: each for each in finished.weights}, finished.weight_totals_e4
    rates = rates_of(work.view, terms, totals)
    return Weighing(weights, finished.riv_e4, totals, rates, terms.reads, finished.mean_fen)
