"""What reuse of results saved."""

from tests.worked import Worked, worked

from tongchou.core.money import yuan_to_fen
from tongchou.payment.events.exam_savings import ReusedExam, exam_savings


@worked("payment/exam_savings.yaml")
def test_saved_are_the_prices_avoided_less_the_fees_paid(case: Worked) -> None:
    uses = [ReusedExam(use["event"], yuan_to_fen(use["price"]), yuan_to_fen(use["fee"])) for use in case.given]
    found = exam_savings(uses)
    assert found.saved_fen == yuan_to_fen(case.expect["saved"])
    assert [text.en.partition(":")[0] for text in found.step.rejected] == case.expect["dearer"]
