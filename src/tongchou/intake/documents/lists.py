"""What orders the lists of a document: by kind, or with a principal one before the others."""

from collections.abc import Mapping

KIND_COLUMNS: Mapping[str, str] = {
    "front_page_fees": "fee_class",
    "list_fees": "category",
    "list_payments": "fund",
    "list_transfusions": "blood_kind",
}
"""Lists whose rows are told apart by a kind: the column that holds it."""

LEADING: Mapping[str, tuple[str, str, str]] = {
    "list_diagnoses": ("is_principal", "1", "0"),
    "list_operations": ("operation_rank", "1", "2"),
}
"""Lists whose first place is the principal or main one: the column that says so, its code there and in the others."""

WESTERN = "1"
"""The type of a diagnosis where none is said: the front page has diagnoses of western medicine."""
