"""docs/bridge.yaml says what the adapter does: the same fields, the same words, the same limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from bot.platforms.bridge import adapter as bridge
from bot.platforms.bridge import capabilities as _bridge_caps
from bot.platforms.bridge import wire as _bridge_wire

DOCS = Path(__file__).parents[2] / "docs"
Json = dict[str, object]
LIMITS = ("minLength", "maxLength", "maxItems", "minimum", "maximum")
_object: TypeAdapter[Json] = TypeAdapter(Json)
_objects: TypeAdapter[dict[str, Json]] = TypeAdapter(dict[str, Json])


def document() -> Json:
    return _object.validate_python(yaml.safe_load((DOCS / "bridge.yaml").read_text("utf-8")))


def schemas() -> dict[str, Json]:
    return _objects.validate_python(_object.validate_python(document()["components"])["schemas"])


def models(*modules: ModuleType) -> dict[str, type[BaseModel]]:
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
        if name != "Edge"
    }


MODELS = models(_bridge_wire, _bridge_caps)


def leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    else:
        yield key, value


def words(schema: Json) -> set[object]:
    """The words that a field may hold, "" when it may hold any."""
    found = {value for key, value in leaves(schema) if key in ("enum", "const")}
    return found - {None}


def limits(schema: Json) -> dict[str, object]:
    return {key: value for key, value in leaves(schema) if key in LIMITS}


def test_every_model_of_the_wire_is_described_and_nothing_else() -> None:
    assert set(schemas()) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_the_document_has_the_fields_of(name: str) -> None:
    described = schemas()[name]
    real = MODELS[name].model_json_schema()
    own = _objects.validate_python(described["properties"])
    assert set(own) == set(real["properties"])
    assert described.get("required", []) == real.get("required", [])
    for field, schema in own.items():
        if not any(key == "$ref" for key, _ in leaves(schema)):
            assert words(schema) == words(real["properties"][field]), field
            if name != "ChatDocument":
                # A size has no limit worth telling but the one of the database.
                assert limits(schema).items() <= {**limits(real["properties"][field]), "minimum": 0}.items(), field


def test_what_is_said_of_the_range_of_a_capability_is_what_becomes_of_it() -> None:
    for field, schema in _objects.validate_python(schemas()["ChatDocument"]["properties"]).items():
        for bound, beyond in (("minimum", -(10**9)), ("maximum", 10**9)):
            if bound in schema:
                taken = _bridge_caps.ChatDocument.model_validate({field: beyond})
                assert getattr(taken, field) == schema[bound], field


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    references = [str(value) for key, value in leaves(whole) if key == "$ref"]
    assert references
    for reference in references:
        place: object = whole
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            place = place[step]


def test_the_paths_and_headers_are_those_of_the_adapter() -> None:
    assert document()["openapi"] == "3.1.0"
    paths = _objects.validate_python(document()["paths"])
    assert set(paths) == {"/capabilities", "/messages", bridge.HOOK}
    text = (DOCS / "bridge.yaml").read_text("utf-8")
    for header in (_bridge_wire.TIMESTAMP, _bridge_wire.SIGNATURE, _bridge_wire.BOT, "Idempotency-Key"):
        assert f"name: {header}" in text
    assert f"{_bridge_wire.SKEW} seconds" in text
    assert f"{bridge.BODY_LIMIT // 1024**2} MiB" in text


@pytest.mark.parametrize("profile", ["gateway-sms.json", "gateway-mocha.json"])
def test_a_profile_says_what_is_known_and_is_taken_as_it_stands(profile: str) -> None:
    kinds = json.loads((DOCS / profile).read_text("utf-8"))
    taken = _bridge_caps.Document.model_validate(kinds).model_dump(exclude_unset=True)
    assert taken == kinds
