"""The buttons of the showcase: each names a product by its id; what decides about its words names their version too."""

from __future__ import annotations

from bot.core.actions import Action


class ListProducts(Action, code="zc"):
    """Of a village's code, below the id `before`, 0 from the newest; `unit` "" lists the villages."""

    unit: str
    before: int


class OpenProduct(Action, code="zd"):
    product: int


class MyProducts(Action, code="ze"):
    pass


class NewProduct(Action, code="za"):
    """`behalf`: for a household that has asked the team to."""

    behalf: bool


class ProductIn(Action, code="zb"):
    behalf: bool
    unit: str


class EditProduct(Action, code="zh"):
    product: int
    version: int


class EditPart(Action, code="zi"):
    """`part` is name, text, price, contact or photo."""

    product: int
    version: int
    part: str


class NoPhoto(Action, code="zf"):
    product: int
    version: int


class AgreeToShow(Action, code="zg"):
    """Yes to the words of this version, as they were read."""

    product: int
    version: int


class Withdraw(Action, code="zj"):
    product: int


class StillSold(Action, code="zk"):
    product: int


class PublishProduct(Action, code="zl"):
    product: int
    version: int


class ReturnProduct(Action, code="zm"):
    product: int
    version: int
