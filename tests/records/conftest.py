"""Databases and people that the tests of the records share."""

from datetime import UTC, datetime

import pytest

from tongchou.records.database import Records
from tongchou.records.users import Grant, add_user

NOW = datetime(2025, 6, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def people(records: Records) -> dict[str, str]:
    """Add an officer, an approver, a hospital's clerk and two experts; return their ids by name."""
    roles = {
        "officer": [Grant("insurer_officer")],
        "approver": [Grant("insurer_approver")],
        "clerk": [Grant("hospital", "H1")],
        "expert": [Grant("hospital", "H2")],
        "expert2": [Grant("hospital", "H3")],
    }
    with records.writing() as session:
        return {
            name: add_user(session, name, name, grants, password_hash="", by="test", at=NOW).user_id
            for name, grants in roles.items()
        }
