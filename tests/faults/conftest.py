"""What every test of faults may ask for."""

from tests.flow.fixtures import foundations, grounds, tell

__all__ = ["foundations", "grounds", "tell"]
