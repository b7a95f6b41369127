"""Special reviews: quota, recusal, majority."""

from datetime import date, timedelta

from tests.worked import view_with

from tongchou.payment.cases.reviews import Application, ExpertOpinion, Review, decide_reviews

VIEW = view_with({})
BY_ITEM = tuple(ExpertOpinion(f"E{number}", "H9", "by_item", 0) for number in range(3))


def application(number: int, opinions: tuple[ExpertOpinion, ...] = BY_ITEM, case: str = "") -> Application:
    applied_on = date(2025, 1, 1) + timedelta(days=number)
    return Application(f"R{number:03}", case or f"C{number}", "H1", applied_on, opinions)


def decide(*applications: Application, discharges: int = 1_000, method: str = "drg_rate") -> list[Review]:
    return list(decide_reviews(VIEW, method, applications, {"H1": discharges}))


def test_at_most_5_percent_of_drg_and_5_permille_of_dip_discharges_are_reviewed() -> None:
    many = [application(number) for number in range(60)]
    for method, allowed in (("drg_rate", 50), ("drg_points", 50), ("dip_points", 5)):
        reviews = decide(*many, method=method)
        assert [each.decision for each in reviews] == ["by_item"] * allowed + ["refused"] * (60 - allowed)


def test_the_order_in_which_applications_come_changes_nothing() -> None:
    many = [application(number) for number in range(9)]
    assert decide(*reversed(many), discharges=100) == decide(*many, discharges=100)


def test_an_expert_of_the_hospital_stands_aside() -> None:
    own = (*BY_ITEM[:2], ExpertOpinion("E9", "H1", "by_item", 0))
    (review,) = decide(application(1, own))
    assert review.decision == "refused"
    assert "fewer than 3" in review.step.outcome.en


def test_most_experts_who_would_adjust_give_the_mean_of_their_amounts() -> None:
    opinions = (
        ExpertOpinion("E1", "H7", "adjusted", 100_00),
        ExpertOpinion("E2", "H8", "adjusted", 100_01),
        ExpertOpinion("E3", "H9", "refuse", 0),
    )
    (review,) = decide(application(1, opinions))
    assert (review.decision, review.amount_fen) == ("adjusted", 100_01)


def test_without_a_majority_nothing_is_granted() -> None:
    opinions = tuple(
        ExpertOpinion(f"E{number}", "H9", opinion, 5)
        for number, opinion in enumerate(("by_item", "adjusted", "refuse"))
    )
    assert decide(application(1, opinions))[0].decision == "refused"


def test_a_case_is_reviewed_once() -> None:
    reviews = decide(application(1, case="C"), application(2, case="C"))
    assert [each.decision for each in reviews] == ["by_item", "refused"]


def test_every_parameter_is_in_the_reasons() -> None:
    (review,) = decide(application(1))
    assert [read.name for read in review.step.parameters] == ["payment/review/quota", "payment/review/experts"]
