"""Whose terms settle whom: the packs of alliances and institutions against the region's roster."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tongchou.alliance.contract import Contract
from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.runs.agreements import Agreements
from tongchou.runs.region import RegionPolicy
from tongchou.runs.year import Alliance, Roster
from tongchou.schema.states import ALLIANCE_TYPE


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """The policy of a region, and who belongs to whom.

    Attributes:
        policy: The region's policy.
        members: Alliance -> its members of the year.
    """

    policy: RegionPolicy
    members: Mapping[str, Collection[str]]

    def of(self, institution_id: str) -> RegionPolicy:
        """Return the policy that an institution is cleared by: its own pack's, else its alliance's, else the region's.

        Raises:
            TongchouError: `runs.agreement_of_others` if its pack stands below that of an alliance to which it does not
                belong; `runs.agreement_unclear` if it has no pack and belongs to several alliances that have one.
        """
        packs = self.policy.agreements.alliances
        own = [each for each, members in self.members.items() if institution_id in members and each in packs]
        if institution_id in self.policy.agreements.institutions:
            found = self.policy.for_institution(institution_id)
            above = {pack.region_id for pack in self.policy.policy.chain(found.start).packs}
            others = sorted(each for each, pack in packs.items() if pack in above and each not in own)
            if others:
                raise _of_others(institution_id, others[0])
            return found
        if len(own) > 1:
            raise _unclear(institution_id, own)
        return self.policy.for_alliance(own[0]) if own else self.policy


def require_parties(agreements: Agreements, roster: Roster) -> None:
    """Refuse packs of alliances and institutions that no table of the region names (`runs.agreement_unknown`).

    Those of another year are known: their packs stay where they are for the years that they were settled in.
    """
    strangers = [
        *(
            _stranger(Text("医联体", "alliance"), f"alliances/{each}", sorted(roster.alliances))
            for each in agreements.alliances
            if each not in roster.alliances
        ),
        *(
            _stranger(Text("医疗机构", "institution"), f"institutions/{each}", sorted(roster.institutions))
            for each in agreements.institutions
            if each not in roster.institutions
        ),
    ]
    if strangers:
        raise Problems(strangers)


def require_type_of_roster(alliance: Alliance, contract: Contract) -> None:
    """Refuse a contract of another type than the alliance has in its table (`runs.contract_type_differs`).

    A mixed contract goes with every type: the table knows no mixed alliances.
    """
    if contract.kind in ("mixed", alliance.alliance_type):
        return
    in_table = ALLIANCE_TYPE[alliance.alliance_type]
    raise TongchouError(
        "runs.contract_type_differs",
        what=Text(
            f"合同类型为 {contract.kind}，医联体表却写 {alliance.alliance_type}（{in_table.zh}）",
            f"the contract is {contract.kind}, the table of alliances says {alliance.alliance_type}",
        ),
        where=f"{alliance.alliance_id}, alliance/contract/type",
        why=Text("可用的机制随类型而定", "which mechanisms there are depends on the type"),
        remedy=Text(
            f"更正医联体表，或在 policy/alliances/{alliance.alliance_id} 中写入该医联体的合同类型",
            f"correct the table, or write the alliance's own type into policy/alliances/{alliance.alliance_id}",
        ),
    )


def _stranger(kind: Text, place: str, known: Sequence[str]) -> TongchouError:
    shown, more = known[:_SHOWN], " …" if len(known) > _SHOWN else ""
    party = place.partition("/")[2]
    return TongchouError(
        "runs.agreement_unknown",
        what=Text(
            f"有政策包的{kind.zh} {party} 不在本地名册中", f"there is a pack of the {kind.en} {party}, unknown here"
        ),
        where=f"policy/{place}",
        why=Text(
            f"名册中有 {'、'.join(shown) or '无'}{more}",
            f"known are {', '.join(shown) or 'none'}{more}",
        ),
        remedy=Text("改正目录名，或删去该政策包", "correct the folder's name, or remove the pack"),
    )


_SHOWN = 8


def _of_others(institution_id: str, alliance_id: str) -> TongchouError:
    return TongchouError(
        "runs.agreement_of_others",
        what=Text(
            f"机构 {institution_id} 的政策包以医联体 {alliance_id} 为上级，但它不是其成员",
            f"the pack of {institution_id} names the alliance {alliance_id}, of which it is no member",
        ),
        where=f"policy/institutions/{institution_id}/pack.yaml",
        why=Text("医联体的约定只适用于成员", "what an alliance agreed holds for its members"),
        remedy=Text("改正 parent，或补充成员名册", "correct parent, or complete the list of members"),
    )


def _unclear(institution_id: str, alliances: Sequence[str]) -> TongchouError:
    named = ", ".join(alliances)
    return TongchouError(
        "runs.agreement_unclear",
        what=Text(
            f"机构 {institution_id} 属于多个各有政策包的医联体",
            f"the institution {institution_id} belongs to several alliances that have packs",
        ),
        where=f"{institution_id}: {named}",
        why=Text("没有写明按哪一个医联体的约定清算", "nothing says whose terms it is cleared by"),
        remedy=Text(
            f"建立 policy/institutions/{institution_id}/pack.yaml，parent 写所适用的医联体或统筹区的政策包",
            f"write policy/institutions/{institution_id}/pack.yaml with the pack that applies as its parent",
        ),
    )
