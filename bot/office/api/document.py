"""The OpenAPI 3.1 document of all reads, made of the same objects that answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pydantic.json_schema import models_json_schema

from bot import __version__

from . import problems
from .reading import ROOT, ApiRead, Parameter

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

OPENAPI = "3.1.0"
_REFERENCE = "#/components/schemas/{model}"
_PROBLEMS: Mapping[str, tuple[str, Sequence[str]]] = {
    "400": ("A parameter is unknown, twice there, or of another form than described.", ()),
    "401": ("No token, or one that is not known, was revoked or has expired.", ("WWW-Authenticate",)),
    "403": ("Whoever made the token has no right to this (any more).", ()),
    "404": ("There is no such thing in this commune.", ()),
    "405": ("Everything here is read with GET.", ("Allow",)),
    "429": ("This token has read too often.", ("Retry-After",)),
    "503": ("The database cannot answer now.", ("Retry-After",)),
}
_PROBLEM: Mapping[str, Json] = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": "The kind of problem, as `urn:langso:problem:too-often`."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def document(reads: Sequence[ApiRead], title: str) -> Mapping[str, Json]:
    models = dict.fromkeys(one.shown for one in reads)
    _, defined = models_json_schema([(model, "serialization") for model in models], ref_template=_REFERENCE)
    schemas: Mapping[str, Json] = {**defined.get("$defs", {}), "Problem": _PROBLEM}
    return {
        "openapi": OPENAPI,
        "info": {
            "title": title,
            "version": __version__,
            "summary": "What a commune lets other programs read.",
            "description": "Times are UTC, days are those of Vietnam. Nothing here names a person.",
        },
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": {one.path: {"get": _operation(one)} for one in reads},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that an official of the commune has made.",
                }
            },
            "responses": {status: _problem(*about) for status, about in _PROBLEMS.items()},
        },
    }


def _operation(one: ApiRead) -> Mapping[str, Json]:
    of = {"$ref": _REFERENCE.format(model=one.shown.__name__)}
    etag: Json = {"description": "Send it back as If-None-Match.", "schema": {"type": "string"}, "required": True}
    return {
        "operationId": one.name,
        "summary": one.about,
        "parameters": [
            *(_parameter(each) for each in one.all_parameters),
            {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {
                "description": one.about,
                "headers": {"ETag": etag},
                "content": {"application/json": {"schema": _list_of(of) if one.listed else of}},
            },
            "304": {"description": "It is as it was.", "headers": {"ETag": etag}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS},
        },
    }


def _list_of(item: Json) -> Json:
    return {
        "type": "object",
        "required": ["items", "next"],
        "additionalProperties": False,
        "properties": {
            "items": {"type": "array", "items": item},
            "next": {"type": ["string", "null"], "description": "The cursor of the next page, null at the end."},
        },
    }


def _parameter(one: Parameter) -> Json:
    schema: dict[str, Json] = {"type": "string"}
    if one.most:
        schema = {"type": "integer", "minimum": one.least, "maximum": one.most}
    elif one.choices:
        schema["enum"] = list(one.choices)
    else:
        schema["pattern"] = f"^(?:{one.pattern})$"
    return {
        "name": one.name,
        "in": one.place,
        "required": one.place == "path",
        "description": one.about,
        "schema": schema,
        "example": int(one.example) if one.most else one.example,
    }


def _problem(about: str, headers: Sequence[str]) -> Json:
    return {
        "description": about,
        "headers": {name: {"schema": {"type": "string"}, "required": True} for name in headers},
        "content": {problems.MIME: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}},
    }
