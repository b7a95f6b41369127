"""The report of deliveries: what came in each file, what was taken, what was set aside, what was there already."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.report import IntakeReport


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """Documents received, and what became of them; the three add up to those received.

    Attributes:
        received: Documents received, broken ones too.
        accepted: Documents that are in the lake now by this file.
        set_aside: Documents that are not, each with findings that say why.
        repeated: Documents that were in the lake already with the same content.
    """

    received: int = 0
    accepted: int = 0
    set_aside: int = 0
    repeated: int = 0

    def __add__(self, other: "DocumentCount") -> "DocumentCount":
        """Return both together."""
        return DocumentCount(
            self.received + other.received,
            self.accepted + other.accepted,
            self.set_aside + other.set_aside,
            self.repeated + other.repeated,
        )

    def as_json(self) -> dict[str, int]:
        """Return the counts as a JSON object."""
        return {
            "received": self.received,
            "accepted": self.accepted,
            "set_aside": self.set_aside,
            "repeated": self.repeated,
        }


@dataclass(frozen=True, slots=True)
class FieldCount:
    """Fields of the lists and front pages that came.

    Attributes:
        counted: Fields filled in, required, or with a finding.
        sound: Those of them without a finding.
    """

    counted: int = 0
    sound: int = 0

    def __add__(self, other: "FieldCount") -> "FieldCount":
        """Return both together."""
        return FieldCount(self.counted + other.counted, self.sound + other.sound)

    @property
    def accuracy_e4(self) -> int | None:
        """Sound / counted x 10,000, rounded down; None of none."""
        return self.sound * 10_000 // self.counted if self.counted else None

    def as_json(self) -> dict[str, int | None]:
        """Return the counts as a JSON object."""
        return {"counted": self.counted, "sound": self.sound, "accuracy_e4": self.accuracy_e4}


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code that no code map leads to a known one.

    Attributes:
        kind: What it is a code of, e.g. `diagnosis`.
        code: The code.
        name: What the documents call it, where they do.
        case_count: Documents that it stands on.
        total_fen: What those cost in all, fen: what is at stake.
    """

    kind: str
    code: str
    name: str | None
    case_count: int
    total_fen: int


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file brought.

    Attributes:
        path: The file.
        name: How it is called.
        reader: Its format.
        batch_id: The batch that it became, alone or with other small files; its own id where nothing was done again.
        is_repeated: Whether nothing was written, the file having been taken in before.
        count: Its documents.
        corrected: Documents of the lake that documents of it took the place of, or withdrew.
        institutions: Its documents by institution, an empty text where none is said.
        findings: Number of findings by code.
        notices: What a reader should know of the file.
        unmapped: Codes that no code map leads to a known one, the dearest first; where there are maps of their kind.
        refusal: Why the file as a whole was not read; None where it was.
        completed_from: The version of each table of the lake that its documents were completed from.
        fields: The fields of its lists and front pages, as they came.
    """

    path: Path
    name: str
    reader: str
    batch_id: str = ""
    is_repeated: bool = False
    count: DocumentCount = DocumentCount()
    corrected: int = 0
    institutions: Mapping[str, DocumentCount] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Text, ...] = ()
    unmapped: tuple[UnmappedCode, ...] = ()
    refusal: TongchouError | None = None
    completed_from: Mapping[str, int] = field(default_factory=dict)
    fields: FieldCount = FieldCount()

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "name": self.name,
            "format": self.reader,
            "batch_id": self.batch_id,
            "is_repeated": self.is_repeated,
            "documents": self.count.as_json(),
            "fields": self.fields.as_json(),
            "corrected": self.corrected,
            "institutions": {name: count.as_json() for name, count in sorted(self.institutions.items())},
            "findings": dict(sorted(self.findings.items())),
            "notices": [{"zh": notice.zh, "en": notice.en} for notice in self.notices],
            "unmapped": [asdict(each) for each in self.unmapped],
            "refusal": self.refusal.as_json() if self.refusal else None,
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the lake and waits for something else to come.

    Attributes:
        lists: Lists that wait for their reply, lines or person.
        replies: Settlement replies whose list has not come.
        fee_lines: Fee lines of visits of which no list has come, and replies to lines that have not.
    """

    lists: int = 0
    replies: int = 0
    fee_lines: int = 0


@dataclass(frozen=True, slots=True)
class LateParts:
    """What parts that came late did to documents that were there before.

    Attributes:
        taken: Lists that waited and are taken in now.
        completed: Documents that were in and are now derived with the late part.
        referrals: Filings of which a referral could be made only now.
        batch_id: The batch that did it; empty where nothing was written.
        waiting: What waits still.
    """

    taken: int = 0
    completed: int = 0
    referrals: int = 0
    batch_id: str = ""
    waiting: Waiting = Waiting()


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a call brought.

    Attributes:
        tables: What the files of our own tables brought; None where there were none.
        files: What each file of documents brought, in the order in which they were taken in.
        copies: Files left out because another of the call has the same content, to that one's name.
        late: What came late for documents that were there, and what waits.
    """

    tables: IntakeReport | None
    files: tuple[FileReport, ...]
    copies: Mapping[str, str] = field(default_factory=dict)
    late: LateParts = LateParts()

    @property
    def count(self) -> DocumentCount:
        """All documents."""
        return sum((file.count for file in self.files), DocumentCount())

    @property
    def fields(self) -> FieldCount:
        """The fields of all lists and front pages that came."""
        return sum((file.fields for file in self.files), FieldCount())

    @property
    def unmapped(self) -> tuple[UnmappedCode, ...]:
        """The unmapped codes of all files, the dearest first."""
        summed: dict[tuple[str, str], UnmappedCode] = {}
        for each in (code for file in self.files for code in file.unmapped):
            before = summed.get((each.kind, each.code))
            cases, total = (before.case_count, before.total_fen) if before else (0, 0)
            name = before.name if before and before.name else each.name
            summed[each.kind, each.code] = replace(
                each, name=name, case_count=cases + each.case_count, total_fen=total + each.total_fen
            )
        return tuple(
            sorted(summed.values(), key=lambda each: (-each.total_fen, -each.case_count, each.kind, each.code))
        )

    @property
    def institutions(self) -> Mapping[str, DocumentCount]:
        """All documents by institution."""
        summed: dict[str, DocumentCount] = {}
        for file in self.files:
            for name, count in file.institutions.items():
                summed[name] = summed.get(name, DocumentCount()) + count
        return dict(sorted(summed.items()))

    @property
    def is_clean(self) -> bool:
        """Whether nothing was refused or set aside."""
        rows = self.tables.set_aside_count if self.tables else 0
        return not rows and not self.count.set_aside and all(file.refusal is None for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "documents": self.count.as_json(),
            "fields": self.fields.as_json(),
            "institutions": {name: count.as_json() for name, count in self.institutions.items()},
            "unmapped": [asdict(each) for each in self.unmapped],
            "files": [file.as_json() for file in self.files],
            "copies": dict(self.copies),
            "late_parts": asdict(self.late),
            "tables": self.tables.as_json() if self.tables else None,
        }
