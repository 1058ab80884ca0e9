"""The API as an OpenAPI 3.1 document, made from the operations that serve it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from worker import __version__
from worker.edge.scope import Scope
from worker.run.web.api.operations import BASE, Operation
from worker.run.web.api.problems import MEDIA_TYPE, ProblemShape

_REFERENCE = "#/components/schemas/{model}"
_OUT: Literal["serialization"] = "serialization"
_WRONG = {
    "description": "What went wrong.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemShape")}}},
}
_ABOUT = (
    "What wirewatch watches, finds and tells. Stories, alerts and articles begin as in the payload of a webhook. Lists "
    "come in pages: ask again with `cursor` set to the `next` of the page before, until that is null. Errors are "
    "problem details (RFC 9457). A token is made by `wirewatch tokens create NAME`."
)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    answers = [(one.name, _OUT, one.answer) for one in operations]
    references, schemas = TypeAdapter.json_schemas(
        [*answers, ("problem", _OUT, TypeAdapter(ProblemShape))], ref_template=_REFERENCE
    )
    paths: dict[str, Any] = {}
    for one in operations:
        told = _operation(one, one.asked.json_schema(), references[one.name, _OUT])
        paths.setdefault(one.path, {})[one.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wirewatch",
            "version": __version__,
            "summary": "News stories as they break.",
            "description": _ABOUT,
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Writing needs a token that may write."},
                "password": {"type": "http", "scheme": "basic", "description": "Any user name, and the password."},
            },
        },
    }


def _operation(operation: Operation, asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    summary, _, more = operation.words.partition("\n")
    kind = "text/event-stream" if operation.streams else "application/json"
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary.rstrip("."),
        "responses": {
            str(int(HTTPStatus.OK)): {"description": "As asked.", "content": {kind: {"schema": answer}}},
            "4XX": _WRONG,
            "5XX": _WRONG,
        },
    }
    if more.strip():
        told["description"] = more.strip()
    if operation.scope is Scope.WRITE:
        told["security"] = [{"token": [Scope.WRITE.value]}]
    parameters, body = _parameters(operation, asked)
    if parameters:
        told["parameters"] = parameters
    if body["properties"]:
        told["requestBody"] = {
            "required": bool(body["required"]),
            "content": {"application/json": {"schema": {"type": "object", **body}}},
        }
    return told


def _parameters(operation: Operation, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The parameters in the address, and the members of the body."""
    parameters = []
    body: dict[str, Any] = {"properties": {}, "required": []}
    for name in operation.fields:
        schema = dict(asked["properties"][name])
        schema.pop("title", None)
        is_required = name in asked.get("required", ())
        if f"{{{name}}}" in operation.path:
            parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
        elif operation.method == "GET":
            description = {"description": schema.pop("description")} if "description" in schema else {}
            schema = _without_null(schema)
            parameters.append({"name": name, "in": "query", "required": is_required, **description, "schema": schema})
        else:
            body["properties"][name] = schema
            body["required"] += [name] * is_required
    return parameters, body


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What is left out of an address has no value to write."""
    (*_, null) = schema.get("anyOf", ({},))
    if null != {"type": "null"}:
        return schema
    one: dict[str, Any] = schema["anyOf"][0]
    return one
