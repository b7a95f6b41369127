"""A scheme made ready to group: the order of decision in bits, and what every code means."""

from dataclasses import dataclass, replace
from functools import partial

from tongchou.grouping.engine.code_table import CodeTable, Lexicon, new_table
from tongchou.grouping.engine.conditions import Vocabulary
from tongchou.grouping.engine.places import Grouped, order_of
from tongchou.grouping.engine.plan import Tree, number_facts, plan_of, site_facts
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.scheme import Scheme


@dataclass(frozen=True, slots=True)
class ReadyPlace:
    """A place of the order of decision, in bits.

    Attributes:
        wanted, unwanted: Facts that must hold, and that must not.
        trees: Further conditions, all of which must be met.
        outcomes: Number of the outcome by the case's severity (none, CC, MCC), -1 where the place does not take it.
        shut: For a gate the place at which what lies behind it ends, 0 for a place that is no gate.
    """

    wanted: tuple[int, ...]
    unwanted: tuple[int, ...]
    trees: tuple[Tree, ...]
    outcomes: tuple[int, ...]
    shut: int


@dataclass(frozen=True, slots=True)
class CompiledScheme:
    """What the batch kernel and the one-case path both read.

    Attributes:
        outcomes: The results that the scheme can give; the first is 'no MDC was open', the second 'nothing fitted'.
        place_words, fact_words: 64-bit words that hold a mask of places, and the facts of a case.
        numbers: The facts about numbers: field, lowest, highest, bit.
        sites: The facts about body sites: bit, bits of the sites, how many must be hurt.
        words: The words of text fields that rules ask for, as numbers.
        exclusions: The names of the exclusions by number.
        day_surgery_has_severity: Whether a case of day surgery can be with CC or MCC.
        fingerprint: The scheme's, and after a `+` that of the code set that it translates by.
    """

    outcomes: tuple[Grouped, ...]
    places: tuple[ReadyPlace, ...]
    place_words: int
    fact_words: int
    numbers: tuple[tuple[str, int, int, int], ...]
    sites: tuple[tuple[int, int, int], ...]
    words: dict[str, dict[str, int]]
    diagnoses: CodeTable
    procedures: CodeTable
    exclusions: tuple[str, ...]
    day_surgery_has_severity: bool
    fingerprint: str

    @property
    def fields(self) -> frozenset[str]:
        """The fields of a case, beyond its codes, that the scheme reads (the names of the rule language)."""
        asked = {field for field, *_ in self.numbers}
        return frozenset(asked if self.day_surgery_has_severity else asked | {"day_surgery"})

    def translating(self, code_set: CodeSet) -> "CompiledScheme":
        """Return the same scheme, which also reads the codes of other editions that a code set maps to its own."""
        return replace(
            self,
            diagnoses=self.diagnoses.translating(partial(code_set.translate, "dx")),
            procedures=self.procedures.translating(partial(code_set.translate, "op")),
            fingerprint=f"{self.fingerprint}+{code_set.fingerprint}",
        )


def compile_scheme(scheme: Scheme) -> CompiledScheme:
    """Make a scheme ready to group."""
    order = order_of(scheme)
    plan = plan_of(order)
    diagnoses, procedures = Lexicon(scheme, plan, "dx"), Lexicon(scheme, plan, "op")
    return CompiledScheme(
        outcomes=order.outcomes,
        places=tuple(
            ReadyPlace(
                wanted=ask.wanted,
                unwanted=ask.unwanted,
                trees=ask.trees,
                outcomes=tuple(-1 if number is None else number for number in place.outcomes),
                shut=order.gate_ends.get(number, 0),
            )
            for number, (place, ask) in enumerate(zip(order.places, plan.asks, strict=True))
        ),
        place_words=plan.place_words,
        fact_words=plan.fact_words,
        numbers=tuple((fact.field, fact.low, fact.high, bit) for bit, fact in number_facts(plan)),
        sites=tuple((bit, diagnoses.sites_of(fact.owner), fact.minimum) for bit, fact in site_facts(plan)),
        words=Vocabulary(scheme).words,
        diagnoses=new_table(diagnoses),
        procedures=new_table(procedures),
        exclusions=tuple(diagnoses.exclusion_numbers),
        day_surgery_has_severity=scheme.manifest.day_surgery_has_severity,
        fingerprint=scheme.fingerprint,
    )
