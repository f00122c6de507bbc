"""A strict JSON schema made from LINE's own OpenAPI files, against which messages and events are checked.

LINE's files leave the kinds to `discriminator` and allow unknown properties; read plainly they accept
nearly everything. Here every `allOf` chain becomes one closed object, and every discriminator a choice.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

Schema = dict[str, Any]
VARIABLE = "LINE_OPENAPI"
DROPPED = frozenset({"discriminator", "example", "externalDocs", "xml", "nullable", "allOf", "x-stage"})


def folder() -> Path:
    """Where LINE's OpenAPI files lie; a test that needs them is skipped when nobody says."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} does not name the folder of LINE's OpenAPI files")
    return Path(named)


def errors(file: str, name: str, value: object) -> list[str]:
    """What LINE's schema `name` says against a value; an empty list when it fits."""
    found = validator(folder() / file, name).iter_errors(value)
    return [f"{each.json_path}: {each.message}" for each in found]


@cache
def validator(path: Path, name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions(path)})


@cache
def definitions(path: Path) -> Schema:
    """Each schema twice: `X` as it is used (a choice where it has kinds), `X!` as the closed object."""
    with path.open(encoding="utf-8") as file:
        schemas = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["components"][
            "schemas"
        ]
    closed = {f"{name}!": close(schemas, name) for name in schemas}
    kinds = {name: choice(schemas, name) for name in schemas}
    for name, parent, value in mapped(schemas):
        if closed[f"{name}!"].get("type") == "object":
            closed[f"{name}!"]["properties"][parent] = {"const": value}
    return {**closed, **kinds}


def mapped(schemas: Mapping[str, Schema]) -> Iterator[tuple[str, str, str]]:
    """Child, discriminating property and value, for every kind of every schema."""
    for schema in schemas.values():
        for value, target in schema.get("discriminator", {}).get("mapping", {}).items():
            yield target.rsplit("/", 1)[-1], schema["discriminator"]["propertyName"], value


def choice(schemas: Mapping[str, Schema], name: str) -> Schema:
    """The closed object, or for a schema with kinds: the kind must be known and its own schema hold."""
    discriminator = schemas[name].get("discriminator", {})
    mapping = discriminator.get("mapping")
    if not mapping:
        return {"$ref": f"#/$defs/{name}!"}
    key = discriminator["propertyName"]
    branches = [
        {
            "if": {"properties": {key: {"const": value}}, "required": [key]},
            "then": {"$ref": f"#/$defs/{target.rsplit('/', 1)[-1]}!"},
        }
        for value, target in mapping.items()
    ]
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": list(mapping)}},
        "allOf": branches,
    }


def close(schemas: Mapping[str, Schema], name: str) -> Schema:
    """One object out of an `allOf` chain, without room for anything unknown."""
    merged: Schema = {"properties": {}, "required": []}
    for part in chain(schemas, schemas[name]):
        merged["properties"].update({key: plain(value) for key, value in part.get("properties", {}).items()})
        merged["required"] += [each for each in part.get("required", []) if each not in merged["required"]]
    if merged["properties"] or schemas[name].get("type") == "object":
        return {"type": "object", "additionalProperties": False, **merged}
    plain_schema: Schema = plain(schemas[name])
    return plain_schema


def chain(schemas: Mapping[str, Schema], schema: Schema) -> Iterator[Schema]:
    for part in schema.get("allOf", []):
        yield from chain(schemas, schemas[part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part)
    yield schema


def plain(schema: Any) -> Any:
    """A schema in the words of JSON Schema, its references pointing at our definitions."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref'].rsplit('/', 1)[-1]}"}
    return {key: plain(value) for key, value in schema.items() if key not in DROPPED}
