"""Which HTTP status an error has, by its code."""

from collections.abc import Mapping

_BY_CODE: Mapping[str, int] = {
    "access.not_signed_in": 401,
    "access.sign_in_refused": 401,
    "access.locked": 429,
    "access.refused": 403,
    "access.second_person": 403,
    "access.other_origin": 403,
    "api.not_found": 404,
    "api.method": 405,
    "api.too_large": 413,
    "api.media_type": 415,
    "api.too_often": 429,
    "api.bad_json": 400,
    "api.unexpected": 500,
    "records.not_found": 404,
    "records.no_user": 404,
    "records.changed_meanwhile": 412,
    "records.policy_moved": 409,
    "records.step_not_possible": 409,
    "records.not_a_draft": 409,
    "records.already_applied": 409,
    "records.opinion_given": 409,
    "records.conflict": 409,
    "records.key_in_use": 409,
    "records.key_reused": 409,
    "records.key_taken": 409,
    "records.user_exists": 409,
    "records.upload_offset": 409,
    "records.unavailable": 503,
    "workplace.busy": 503,
    "workplace.no_room": 503,
    "workplace.too_many_uploads": 429,
    "workplace.upload_beyond_size": 413,
    "workplace.upload_busy": 409,
    "workplace.upload_lost": 409,
    "workplace.upload_not_whole": 409,
    "workplace.upload_too_large": 413,
    "workplace.upload_type": 415,
    "workplace.upload_unpacked": 413,
    "policy.unknown_parameter": 404,
    "workplace.no_own_pack": 409,
    "workplace.no_dip_catalogue": 409,
    "workplace.nothing_to_measure": 409,
    "workplace.policy_would_break": 409,
    "workplace.scenario_taken": 409,
    "workplace.other_base": 409,
    "workplace.not_tried": 404,
    "workplace.no_scenario": 404,
    "workplace.own_account": 403,
    "workplace.recused": 403,
    "workplace.token_by_token": 403,
    "workplace.proof_of_others": 403,
    "workplace.last_administrator": 409,
    "workplace.review_quota": 409,
    "workplace.ruling_differs": 409,
    "workplace.no_oidc": 404,
    "access.oidc_refused": 401,
    "access.oidc_nobody": 403,
    "access.oidc_unavailable": 503,
    "ledger.period_order": 409,
}
_NOT_FOUND = (
    "no_run",
    "no_case",
    "no_institution",
    "no_event",
    "no_referral",
    "no_entry",
    "no_parameter",
    "no_scheme",
    "no_scenario",
    "no_group",
    "no_dictionary",
    "no_person",
    "no_alliance",
)
_CONTENT = 422


def status_of(code: str) -> int:
    """Return the status of an error: 403 for a missing right, 404 for what is not there, else 422."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    _, _, problem = code.partition(".")
    return 404 if problem in _NOT_FOUND else _CONTENT
