"""Putting an approved change into the region's own pack: examined beforehand, put in place at one stroke."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from tongchou.access.admission import note_deed
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.chain import Chain
from tongchou.policy.change import NewValue, parameter_fingerprint
from tongchou.policy.findings import Severity
from tongchou.policy.lint import lint
from tongchou.policy.writing import NewEntry, with_entries
from tongchou.records import policy_changes
from tongchou.records.held import held
from tongchou.records.models import PolicyChange
from tongchou.records.states import check_step
from tongchou.runs.region import Region
from tongchou.workplace.error_places import at_another_place
from tongchou.workplace.place import Workplace
from tongchou.workplace.policy_proposals import KIND, new_values, wanted_of
from tongchou.workplace.policy_reading import region_chain

_LOCK = ".policy.lock"


def apply_change(place: Workplace, subject: Subject, change_id: str, version: int) -> PolicyChange:
    """Write an approved change into the region's own pack; its source names the change.

    The pack is examined with the change in it before anything of it is put in place. What is stopped in the middle
    leaves the old file or the new one, and can be applied again.

    Raises:
        TongchouError: `access.refused`; `records.changed_meanwhile`; `records.step_not_possible`;
            `records.not_found`; `records.policy_moved` where the parameter has changed since the approval;
            `workplace.policy_would_break` if the pack would have errors.
        Problems: What the packs would not load for.
    """
    place.admit(subject, "policy.apply", "open", where=change_id)
    region = place.region
    with FileLock(region.folder / _LOCK):
        with place.records.reading() as session:
            change = held(session, PolicyChange, change_id, version=version)
            check_step(KIND, change_id, change.state, "applied")
        chain = region_chain(place)
        values = new_values(chain, wanted_of(change))
        file = region.policy_folder / "parameters" / f"{change.parameter}.yaml"
        draft = None if _stands(chain, change, values) else _draft(place, chain, change, values, file)
        try:
            with place.records.writing() as session:
                change = policy_changes.applied(session, change_id, version, place.now())
                note_deed(session, subject, "policy.apply", KIND, change_id, place.now())
                if draft is not None:
                    # Last of all: where the records cannot be kept, the pack stays as it was.
                    draft.replace(file)
                    _keep_folder(file.parent)
        finally:
            if draft is not None:
                draft.unlink(missing_ok=True)
    return change


def source_of(change: PolicyChange) -> dict[str, str]:
    """Return the source of a value that a change brings: the document, and the change that was approved."""
    return {"title": change.source, "article": f"政策修改 {change.change_id} / change {change.change_id}"}


def _stands(chain: Chain, change: PolicyChange, values: Sequence[NewValue]) -> bool:
    """Return whether the pack holds the change already: it was stopped after the file and before the records."""
    own = chain.packs[0].region_id
    dated = next((dated for pack, dated in chain.entries.get(change.parameter, ()) if pack.region_id == own), ())
    article = source_of(change)["article"]
    present = {each.valid_from: each.value for each in dated if each.source.article == article}
    return all(each.valid_from in present and present[each.valid_from] == each.value for each in values)


def _draft(place: Workplace, chain: Chain, change: PolicyChange, values: Sequence[NewValue], file: Path) -> Path:
    """Write the new file beside the old one, after the pack has been examined with it."""
    if parameter_fingerprint(chain, change.parameter) != change.base_fingerprint:
        raise policy_changes.policy_moved(change)
    content = file.read_text(encoding="utf-8") if file.is_file() else ""
    entries = [NewEntry(each.valid_from, each.raw, source_of(change)) for each in values]
    content = with_entries(content, entries)
    _examine(place, change, content)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("w", encoding="utf-8", newline="\n") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    return draft


def _examine(place: Workplace, change: PolicyChange, content: str) -> None:
    """Load and lint a copy of the region's packs with the change in it."""
    region = place.region
    with tempfile.TemporaryDirectory(prefix="tongchou-policy-") as folder:
        copy: Region = replace(region, folder=Path(folder))
        shutil.copytree(region.policy_folder, copy.policy_folder)
        file = copy.policy_folder / "parameters" / f"{change.parameter}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
        with at_another_place(folder, region.region_id):
            copy.policy()
            broken = [each for each in lint(copy.policy_folders, place.today) if each.severity is Severity.ERROR]
            if broken:
                raise _would_break(change, broken[0].what, broken[0].where)


def _would_break(change: PolicyChange, what: Text, where: str) -> TongchouError:
    return TongchouError(
        "workplace.policy_would_break",
        what=Text("写入后政策包会有错误，未写入", "the pack would have errors with the change; it was not put in"),
        where=f"{change.parameter}, {where}",
        why=what,
        remedy=Text("撤回修改，改正后重新提出", "take the change back, correct it and submit it anew"),
    )


def _keep_folder(folder: Path) -> None:
    """Let the folder's new entry reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
