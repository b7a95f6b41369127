"""The example that comes with the package is the one of the manual."""

from importlib.resources import files

from tests.scenarios.conftest import EXAMPLE


def test_the_package_brings_the_example_of_the_manual() -> None:
    packed = files("tongchou").joinpath("packs", "scenarios", EXAMPLE.name)
    assert packed.read_bytes() == EXAMPLE.read_bytes()
