"""The tables of the record database."""

from tongchou.records.models.audit import AuditEvent, AuditHead
from tongchou.records.models.base import Base
from tongchou.records.models.care import (
    Decision,
    ExpertOpinion,
    Notice,
    ReferralStep,
    SpecialCaseApplication,
    WorkingReferral,
)
from tongchou.records.models.people import (
    ApiToken,
    InstitutionScope,
    OidcFlow,
    SignIn,
    SignInFailures,
    User,
    UserIdentity,
    UserRole,
)
from tongchou.records.models.work import IdempotencyKey, PeriodIntent, PolicyChange, RunOrder, Upload

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditHead",
    "Base",
    "Decision",
    "ExpertOpinion",
    "IdempotencyKey",
    "InstitutionScope",
    "Notice",
    "OidcFlow",
    "PeriodIntent",
    "PolicyChange",
    "ReferralStep",
    "RunOrder",
    "SignIn",
    "SignInFailures",
    "SpecialCaseApplication",
    "Upload",
    "User",
    "UserIdentity",
    "UserRole",
    "WorkingReferral",
]
