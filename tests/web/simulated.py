"""A person at the pages without a browser; the modules stay what they were afterwards."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation


@asynccontextmanager
async def simulated_user() -> AsyncIterator[User]:
    """Yields NiceGUI's simulated user.

    NiceGUI forgets the modules of every registered page, and their parent packages, when the simulation ends. Here
    that is the whole package: a later test that names a place in it by its dotted path would find another module.
    """
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "tongchou"}
    try:
        async with user_simulation(root=lambda: None) as user:
            yield user
    finally:
        sys.modules.update(before)
