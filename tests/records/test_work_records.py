"""Work goes its steps, by the right people, once; the second of two editors is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.records.conftest import NOW
from tests.records_on import NewUrl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records import policy_changes, run_orders, uploads
from tongchou.records.database import Records, open_records
from tongchou.records.decisions import Ruling, decide_on, decisions_on, standing_decision
from tongchou.records.idempotency import Answer, Attempt, answered, begin_once, forget_expired, hold, release
from tongchou.records.models import IdempotencyKey, Notice, PolicyChange, RunOrder
from tongchou.records.notices import Words, mark_read, notices_of, notify, unread
from tongchou.records.policy_changes import Proposal
from tongchou.records.referrals import ReferralRequest, move_referral, referrals_of, request_referral
from tongchou.records.special_cases import (
    CaseApplied,
    Opinion,
    applications,
    apply_for,
    decide_application,
    give_opinion,
    withdraw_application,
)
from tongchou.records.users import add_user

PROPOSAL = Proposal("county", "payment/drg/base_rate", {"from": 1, "to": 2}, "年度测算", "医保发〔2025〕1号", "f0")


def code_of(call, *arguments, **named) -> str:
    with pytest.raises(TongchouError) as refused:
        call(*arguments, **named)
    return refused.value.code


def drafted(records: Records, people: dict[str, str]) -> str:
    with records.writing() as session:
        return policy_changes.draft(session, PROPOSAL, people["officer"], NOW).change_id


def test_the_second_of_two_editors_is_told(records: Records, people: dict[str, str]) -> None:
    change_id = drafted(records, people)

    def edit(version: int, reason: str) -> None:
        with records.writing() as session:
            other = Proposal("county", PROPOSAL.parameter, {"to": 3}, reason, "", "f0")
            policy_changes.edit(session, change_id, version, other, NOW)

    edit(1, "甲")
    assert code_of(edit, 1, "乙") == "records.changed_meanwhile"
    with records.reading() as session:
        assert session.get_one(PolicyChange, change_id).reason == "甲"


def test_who_saves_over_what_was_saved_since_the_reading_is_told(records: Records, people: dict[str, str]) -> None:
    change_id = drafted(records, people)

    def late() -> None:
        with records.writing() as session:
            mine = session.get_one(PolicyChange, change_id)
            # Somebody else saves between my reading and my saving.
            session.connection().exec_driver_sql("UPDATE policy_changes SET version = version + 1, reason = '甲'")
            mine.reason = "乙"

    assert code_of(late) == "records.changed_meanwhile"


def test_of_two_transactions_open_at_once_in_postgresql_the_second_to_save_is_told(new_url: NewUrl) -> None:
    records = open_records(new_url("postgresql"))
    with records.writing() as session:
        author = add_user(session, "officer", "王", [], password_hash="", by="test", at=NOW).user_id
        change_id = policy_changes.draft(session, PROPOSAL, author, NOW).change_id

    def second() -> None:
        with records.writing() as mine:
            change = mine.get_one(PolicyChange, change_id)
            with records.writing() as theirs:
                theirs.get_one(PolicyChange, change_id).reason = "甲"
            change.reason = "乙"

    assert code_of(second) == "records.changed_meanwhile"
    with records.reading() as session:
        assert session.get_one(PolicyChange, change_id).reason == "甲"
    records.close()


def test_a_policy_change_goes_its_way(records: Records, people: dict[str, str]) -> None:
    change_id = drafted(records, people)
    with records.writing() as session:
        policy_changes.submit(session, change_id, 1, NOW)
        assert code_of(policy_changes.edit, session, change_id, 2, PROPOSAL, NOW) == "records.not_a_draft"
        assert code_of(policy_changes.applied, session, change_id, 2, NOW) == "records.step_not_possible"
    with records.writing() as session:
        policy_changes.reject(session, change_id, 2, people["approver"], NOW, words="依据不足")
    with records.writing() as session:
        policy_changes.take_back(session, change_id, 3, NOW)
        policy_changes.submit(session, change_id, 4, NOW)
        change = policy_changes.approve(session, change_id, 5, people["approver"], NOW, fingerprint="f0")
        assert policy_changes.applied(session, change_id, change.version, NOW).state == "applied"
        assert [found.change_id for found in policy_changes.policy_changes(session, state="applied")] == [change_id]


def test_a_change_made_against_an_older_policy_is_not_approved(records: Records, people: dict[str, str]) -> None:
    change_id = drafted(records, people)
    with records.writing() as session:
        policy_changes.submit(session, change_id, 1, NOW)

    def approve() -> None:
        with records.writing() as session:
            policy_changes.approve(session, change_id, 2, people["approver"], NOW, fingerprint="f1")

    assert code_of(approve) == "records.policy_moved"


def test_the_database_refuses_an_author_who_approves(records: Records, people: dict[str, str]) -> None:
    change_id = drafted(records, people)

    def approve() -> None:
        with records.writing() as session:
            policy_changes.submit(session, change_id, 1, NOW)
            policy_changes.approve(session, change_id, 2, people["officer"], NOW, fingerprint="f0")

    assert code_of(approve) == "records.conflict"


def test_a_run_order_goes_its_way_and_is_posted_once_by_another(records: Records, people: dict[str, str]) -> None:
    with records.writing() as session:
        order_id = run_orders.order_run(session, "2025-05", {"scheme": "s"}, people["officer"], NOW).order_id
    with records.writing() as session:
        taken = run_orders.take_up(session, "w1", NOW)
        assert taken is not None
        assert taken.order_id == order_id
        assert run_orders.progress(session, order_id, "price", 2, 5, NOW)
        assert run_orders.take_up(session, "w2", NOW) is None
    with records.writing() as session:
        version = run_orders.computed(session, order_id, "R1", NOW).version

    def by(name: str, step, version: int) -> int:
        with records.writing() as session:
            return step(session, order_id, version, people[name], NOW).version

    assert code_of(by, "approver", run_orders.begin_posting, version) == "records.step_not_possible"
    assert code_of(by, "officer", run_orders.review, version) == "records.conflict"
    version = by("approver", run_orders.review, version)
    assert code_of(by, "officer", run_orders.begin_posting, version) == "records.conflict"
    begun = by("approver", run_orders.begin_posting, version)
    assert code_of(by, "approver", run_orders.begin_posting, version) == "records.changed_meanwhile"
    assert code_of(by, "approver", run_orders.begin_posting, begun) == "records.step_not_possible"
    with records.writing() as session:
        assert run_orders.posted(session, order_id, "R1", NOW).state == "posted"


def test_posting_is_taken_up_by_one_worker_and_again_once_that_one_is_silent(
    records: Records, people: dict[str, str]
) -> None:
    later = NOW + timedelta(seconds=30)
    with records.writing() as session:
        order_id = run_orders.order_run(session, "2025", {}, people["officer"], NOW).order_id
        run_orders.take_up(session, "w1", NOW)
        version = run_orders.computed(session, order_id, "R1", NOW).version
        version = run_orders.review(session, order_id, version, people["approver"], NOW).version
        run_orders.begin_posting(session, order_id, version, people["approver"], NOW)
    with records.writing() as session:
        assert run_orders.take_up_posting(session, "w1", NOW, silent_since=NOW) is not None
    with records.writing() as session:
        assert run_orders.take_up_posting(session, "w2", NOW, silent_since=NOW) is None
        again = run_orders.take_up_posting(session, "w2", later, silent_since=NOW + timedelta(seconds=1))
        assert again is not None
        assert again.worker == "w2"
    with records.writing() as session:
        problem = TongchouError("x.y", what=Text.plain("x"), where="-", why=Text.plain("x"), remedy=Text.plain("x"))
        order = run_orders.not_posted(session, order_id, problem)
        assert (order.state, order.posted_by) == ("reviewed", None)


def test_what_was_interrupted_waits_again_when_it_is_let_go_on(records: Records, people: dict[str, str]) -> None:
    with records.writing() as session:
        order_id = run_orders.order_run(session, "2025", {}, people["officer"], NOW).order_id
        run_orders.take_up(session, "w1", NOW)
        run_orders.interrupt_abandoned(session, silent_since=NOW + timedelta(seconds=1))
    with records.writing() as session:
        assert run_orders.plan_again(session, order_id).state == "planned"
        assert run_orders.take_up(session, "w2", NOW) is not None


def test_workers_at_once_never_take_the_same_order(records: Records, people: dict[str, str]) -> None:
    with records.writing() as session:
        for _ in range(12):
            run_orders.order_run(session, "2025", {}, people["officer"], NOW)

    def work(worker: str) -> list[str]:
        mine = []
        while True:
            with records.writing() as session:
                order = run_orders.take_up(session, worker, NOW)
            if order is None:
                return mine
            mine.append(order.order_id)

    with ThreadPoolExecutor(3) as pool:
        taken = [order for orders in pool.map(work, "abc") for order in orders]
    # A worker may find everything locked by others and leave early; what it left is still planned.
    assert len(taken) == len(set(taken))
    with records.reading() as session:
        assert len(taken) + len(run_orders.run_orders(session, state="planned")) == 12


def test_a_run_whose_worker_died_is_said_to_be_interrupted_and_can_go_on(
    records: Records, people: dict[str, str]
) -> None:
    with records.writing() as session:
        silent = run_orders.order_run(session, "2025", {}, people["officer"], NOW).order_id
        alive = run_orders.order_run(session, "2025", {}, people["officer"], NOW).order_id
        run_orders.begin(session, silent, "w1", NOW)
        run_orders.begin(session, alive, "w2", NOW)
        run_orders.progress(session, alive, "group", 1, 5, NOW + timedelta(minutes=5))
    with records.writing() as session:
        found = run_orders.interrupt_abandoned(session, silent_since=NOW + timedelta(minutes=2))
        assert [order.order_id for order in found] == [silent]
        assert not run_orders.progress(session, silent, "group", 2, 5, NOW)
    with records.writing() as session:
        assert run_orders.begin(session, silent, "w3", NOW).state == "running"
        run_orders.failed(session, alive, TongchouError("x", what=_T, where="", why=_T, remedy=_T))
        assert session.get_one(RunOrder, alive).problem["code"] == "x"
        run_orders.cancel(session, silent)
        assert not run_orders.progress(session, silent, "group", 2, 5, NOW)


def test_an_upload_goes_on_where_it_stopped_and_is_whole_or_refused(records: Records, people: dict[str, str]) -> None:
    with records.writing() as session:
        file = uploads.Announced("五月.csv", 10, sha256="AB")
        upload_id = uploads.begin_upload(session, file, people["clerk"], "H1", NOW).upload_id
        uploads.arrived(session, upload_id, 0, 6, NOW)
    with records.writing() as session:
        for offset, length in ((0, 6), (5, 5), (7, 1), (6, 5)):
            assert code_of(uploads.arrived, session, upload_id, offset, length, NOW) == "records.upload_offset"
        assert code_of(uploads.received, session, upload_id, "ab", NOW) == "records.upload_offset"
        uploads.arrived(session, upload_id, 6, 4, NOW)
        assert code_of(uploads.received, session, upload_id, "cd", NOW) == "records.upload_hash"
        uploads.received(session, upload_id, "ab", NOW)
        assert code_of(uploads.arrived, session, upload_id, 10, 0, NOW) == "records.step_not_possible"
        assert code_of(uploads.abandon, session, upload_id, NOW) == "records.step_not_possible"
        assert uploads.taken_in(session, upload_id, "B1", NOW).state == "taken_in"
        assert uploads.uploads(session, institution_ids=frozenset({"H2"})) == []
        assert len(uploads.uploads(session)) == 1


def test_a_referral_keeps_every_step(records: Records, people: dict[str, str]) -> None:
    with records.writing() as session:
        asked = ReferralRequest("P1", "down", "H1", "C1", "康复")
        referral_id = request_referral(session, asked, people["clerk"], NOW).referral_id
    with records.writing() as session:
        move_referral(session, referral_id, 1, "accepted", people["expert"], NOW + timedelta(hours=1), words="有床")
    with records.writing() as session:
        assert code_of(move_referral, session, referral_id, 2, "rejected", people["expert"], NOW) == (
            "records.step_not_possible"
        )
        assert code_of(move_referral, session, referral_id, 1, "arrived", people["expert"], NOW) == (
            "records.changed_meanwhile"
        )
    with records.reading() as session:
        (found,) = referrals_of(session, institution_ids=frozenset({"C1"}))
        assert [(step.number, step.state, step.words) for step in found.steps] == [
            (1, "requested", ""),
            (2, "accepted", "有床"),
        ]
        assert referrals_of(session, institution_ids=frozenset({"H9"})) == []


def test_a_special_case_is_applied_for_once_reviewed_and_decided(records: Records, people: dict[str, str]) -> None:
    def apply(reason: str = "high_cost") -> str:
        with records.writing() as session:
            asked = CaseApplied("K1", "R1", "H1", reason, "重症")
            return apply_for(session, asked, people["clerk"], NOW).application_id

    first = apply()
    assert code_of(apply) == "records.already_applied"
    with records.writing() as session:
        withdraw_application(session, first, 1, NOW)
    assert code_of(apply, "because") == "records.conflict"
    second = apply()
    ruling = Ruling("adjusted", "按评议意见", 120_000)

    def decide(version: int) -> None:
        with records.writing() as session:
            decide_application(session, second, version, ruling, people["approver"], NOW)

    assert code_of(decide, 1) == "records.step_not_possible"

    def give(name: str, opinion: Opinion) -> int:
        with records.writing() as session:
            return give_opinion(session, second, opinion, people[name], NOW).version

    give("expert", Opinion("adjusted", "用药合理", "H2", 120_000))
    assert code_of(give, "expert", Opinion("refuse", "改主意", "H2")) == "records.opinion_given"
    assert code_of(give, "expert2", Opinion("refuse", "不应有金额", "H3", 1)) == "records.conflict"
    decide(give("expert2", Opinion("by_item", "按项目", "H3")))
    assert code_of(give, "approver", Opinion("refuse", "太晚", "H4")) == "records.step_not_possible"
    with records.reading() as session:
        decision = standing_decision(session, "special_case_applications", second)
        assert decision is not None
        assert decision.amount_fen == 120_000
        assert len(applications(session, institution_ids=frozenset({"H1"}))) == 2
        assert len(applications(session, state="decided")) == 1


def test_a_later_decision_replaces_an_earlier_one_which_stays_readable(
    records: Records, people: dict[str, str]
) -> None:
    for outcome in ("refused", "accepted", "refused"):
        with records.writing() as session:
            decide_on(session, "appeal", "1", "H1", Ruling(outcome, "理由"), people["approver"], NOW)
    with records.reading() as session:
        standing = standing_decision(session, "appeal", "1")
        assert standing is not None
        assert standing.outcome == "refused"
        assert len(decisions_on(session, "appeal", "1")) == 3


def test_a_repeated_request_gets_the_first_answer(records: Records) -> None:
    kept, mine = timedelta(hours=1), Attempt("u", "k", "first")

    def begin(request: str, at=NOW, attempt: Attempt = mine) -> Answer | None:
        with records.writing() as session:
            return begin_once(session, attempt, request, at, kept_for=kept, given_up_after=timedelta(minutes=1))

    assert begin("r") is None
    assert code_of(begin, "r") == "records.key_in_use"
    with records.writing() as session:
        answered(session, mine, Answer(201, '{"ok":true}'))
    assert begin("r") == Answer(201, '{"ok":true}')
    assert code_of(begin, "other") == "records.key_reused"
    assert begin("other", NOW + kept) is None
    with records.writing() as session:
        release(session, mine)
        assert forget_expired(session, NOW) == 0
    assert begin("third") is None
    with records.writing() as session:
        assert forget_expired(session, NOW + kept) == 1


def test_a_request_left_behind_is_taken_up_once_and_its_first_attempt_keeps_nothing(
    records: Records, people: dict[str, str]
) -> None:
    limit, first, second = timedelta(minutes=1), Attempt("u", "k", "first"), Attempt("u", "k", "second")

    def begin(mine: Attempt, at) -> Answer | None:
        with records.writing() as session:
            return begin_once(session, mine, "r", at, kept_for=timedelta(days=1), given_up_after=limit)

    assert begin(first, NOW) is None
    assert code_of(begin, second, NOW + limit - timedelta(seconds=1)) == "records.key_in_use"
    assert begin(second, NOW + limit) is None
    assert code_of(begin, Attempt("u", "k", "third"), NOW + limit) == "records.key_in_use"

    def work(mine: Attempt, title: str) -> None:
        with records.as_one(lambda session: hold(session, mine)):
            with records.writing() as session:
                notify(session, [people["officer"]], Words("deed", Text(title, title)), NOW)
            with records.writing() as session:
                answered(session, mine, Answer(200, title))

    # The first one was not dead but slow: it wakes up, and finds that the request is another's.
    assert code_of(work, first, "first") == "records.key_taken"
    work(second, "second")
    assert code_of(work, first, "first") == "records.key_taken"
    assert begin(first, NOW + timedelta(hours=1)) == Answer(200, "second")
    with records.reading() as session:
        assert [each.words_en for each in session.query(Notice)] == ["second"]
        release(session, second)  # what is answered is not forgotten
        assert session.query(IdempotencyKey).count() == 1


def test_what_is_written_as_one_is_kept_together_and_each_part_is_whole(
    records: Records, people: dict[str, str]
) -> None:
    def tell(title: str) -> None:
        with records.writing() as session:
            notify(session, [people["officer"]], Words(title, Text(title, title)), NOW)
            if title == "bad":
                raise RuntimeError

    def told() -> list[str]:
        with records.reading() as session:
            return sorted(session.scalars(select(Notice.kind)))

    with records.as_one(lambda _: None):
        assert told() == []
        tell("one")
        assert told() == ["one"]
        with pytest.raises(RuntimeError):
            tell("bad")
        tell("two")
        with ThreadPoolExecutor(1) as another:
            assert another.submit(told).result() == []  # nobody else sees a part of it
    assert told() == ["one", "two"]
    with pytest.raises(RuntimeError), records.as_one(lambda _: None):
        tell("three")
        tell("bad")
    assert told() == ["one", "three", "two"]


def test_a_notice_is_each_readers_own(records: Records, people: dict[str, str]) -> None:
    both = [people["officer"], people["approver"], people["officer"]]
    with records.writing() as session:
        notify(session, both, Words("run.computed", Text("已算出", "computed"), "/runs/1"), NOW)
        mark_read(session, people["officer"], NOW)
    with records.reading() as session:
        assert unread(session, people["officer"]) == 0
        assert unread(session, people["approver"]) == 1
        assert [notice.words_en for notice in notices_of(session, people["officer"])] == ["computed"]


_T = Text("甲", "a")
