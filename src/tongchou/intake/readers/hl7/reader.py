"""The reader of HL7 v2."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DocumentBatch
from tongchou.intake.documents.gathering import ReadDocument, UnreadableDocument, gather
from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.framing import Stretch, stretches
from tongchou.intake.readers.hl7.referrals import referral_document
from tongchou.intake.readers.hl7.segments import Message, parse_message
from tongchou.intake.readers.hl7.stays import stay_document, visit_of
from tongchou.intake.readers.reader import ReadingTerms

_STARTS = (b"MSH", b"FHS", b"BHS")
_BOM = "\ufeff"
_TITLE = Text("HL7 v2 消息", "HL7 v2 messages")


@dataclass(slots=True)
class _Group:
    """The messages of one document."""

    is_referral: bool
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def place(self) -> str:
        numbers = ", ".join(str(each.number) for each in self.stretches)
        return f"message {numbers}" if len(self.stretches) == 1 else f"messages {numbers}"


@dataclass(frozen=True, slots=True)
class Hl7Reader:
    """Reads messages of HL7 v2: a document of kind `message` for each stay, `referral` for each REF.

    The messages of a file that name the same institution and visit (PV1-19, else PID-18) are one document; across files
    they are several. Messages of types that say nothing of a stay's settlement are counted by type.
    """

    name: str = "hl7"
    title: Text = _TITLE
    suffixes: Sequence[str] = (".hl7", ".er7", ".txt")

    def recognises(self, path: Path, head: bytes) -> bool:  # their names say nothing
        """Return whether the file begins with the header of a message or of a batch."""
        begun = head.removeprefix(_BOM.encode()).lstrip(b"\x0b \r\n\t")
        return begun[:3] in _STARTS and len(begun) > 3 and not begun[3:4].isalnum() and not begun[3:4].isspace()

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a file; see `Reader.read`. Of its messages only the places are held.

        Raises:
            TongchouError: `intake.hl7_no_message` if there is no message in it.
        """
        ignored: Counter[str] = Counter()
        found = _documents(path, name, terms.institution_id, ignored)
        return gather(found, ignored, transaction="hl7", kind="message", limit=terms.batch_documents)


def _documents(
    path: Path, name: str, institution_id: str | None, ignored: Counter[str]
) -> Iterator[ReadDocument | UnreadableDocument]:
    with path.open("rb") as file:
        groups: dict[tuple[str | None, str] | int, _Group] = {}
        unplaced: list[UnreadableDocument] = []
        met = False
        for stretch in stretches(file):
            met = met or isinstance(stretch, Stretch) or stretch.place.startswith("message")
            unreadable = (
                _sort(groups, stretch, stretch.read(file), ignored) if isinstance(stretch, Stretch) else stretch
            )
            if unreadable is not None:
                unplaced.append(unreadable)
            if met:
                yield from unplaced
                unplaced.clear()
        if not met:
            raise _no_message(name)
        for group in groups.values():
            messages = [_message(each.read(file)) for each in group.stretches]
            if group.is_referral:
                yield referral_document(messages[0], group.place, institution_id, ignored)
            else:
                yield stay_document(messages, group.place, institution_id, ignored)


def _sort(
    groups: dict[tuple[str | None, str] | int, _Group], stretch: Stretch, content: bytes, ignored: Counter[str]
) -> UnreadableDocument | None:
    """Put a message with those of its stay; return what it is instead, if it cannot be read."""
    place = f"message {stretch.number}"
    try:
        message = _message(content)
    except UnicodeDecodeError:
        words = Text("字符编码既不是 UTF-8 也不是 GB 18030", "its characters are neither UTF-8 nor GB 18030")
        return UnreadableDocument(place, words, stretch.length)
    except ValueError:
        words = Text("MSH 段的分隔符不合规定", "the separators of its MSH segment are none")
        return UnreadableDocument(place, words, stretch.length)
    kind, event = message.event
    codes = exchange_codes("hl7")
    is_of_stays = kind in codes["stay_messages"] or kind in codes["referral_messages"]
    if not kind or (is_of_stays and not event):
        words = Text("MSH-9 没有写明消息类型和事件", "MSH-9 names no type and event")
        return UnreadableDocument(place, words, stretch.length)
    is_referral = event in codes["referral_messages"].get(kind, ())
    if not is_referral and event not in codes["stay_messages"].get(kind, ()):
        ignored[_type_name(kind, event)] += 1
        return None
    if message.first("PID") is None:
        words = Text("缺少 PID 段", "it has no PID segment")
        return UnreadableDocument(place, words, stretch.length)
    visit = visit_of(message)
    key = (message.header.value(4), visit) if visit and not is_referral else stretch.number
    groups.setdefault(key, _Group(is_referral)).stretches.append(stretch)
    return None


def _message(content: bytes) -> Message:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return parse_message(text.removeprefix(_BOM).strip())


def _type_name(kind: str, event: str) -> str:
    """Return a message's type as it is counted; what is no type is not shown."""
    is_type = all(len(part) <= 3 and part.isascii() and part.isalnum() for part in (kind, event) if part)
    return f"{kind}^{event}" if is_type else "(message of an unknown type)"


def _no_message(name: str) -> TongchouError:
    return TongchouError(
        "intake.hl7_no_message",
        what=Text("文件里没有 HL7 消息", "there is no HL7 message in the file"),
        where=name,
        why=Text("没有以 MSH 开头的段", "no segment begins with MSH"),
        remedy=Text("检查是否选错了文件，或导出是否完整", "check whether it is the right file and was exported whole"),
    )


READER = Hl7Reader()
