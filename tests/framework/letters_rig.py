"""The example's adapter, for the contract."""

from examples.letters_rig import CASES

__all__ = ["CASES"]
