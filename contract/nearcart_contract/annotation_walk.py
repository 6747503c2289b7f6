"""Follows a place in a file through the annotations of a model: which fields, words and secrets can stand there."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

Location = tuple[str | int, ...]


def at(model: type[BaseModel], loc: Location) -> tuple[Any, ...]:
    """The annotations a value at pydantic's ``loc`` may have; for an unknown field those of the group it stands in."""
    found: tuple[Any, ...] = (model,)
    for part in loc:
        if is_tag(found, part):
            found = _tagged(found, part)
            continue
        found = tuple(leaf for annotation in found for leaf in _below(annotation, part)) or found
    return found


def is_tag(annotations: tuple[Any, ...], part: str | int) -> bool:
    """Whether this part of a location chooses a member of a discriminated union, though a field may have the same name."""
    return len(_models(annotations)) > 1 and bool(_tagged(annotations, part))


def field_words(annotations: tuple[Any, ...]) -> tuple[str, ...]:
    """The names of the fields of these models, in their order."""
    return tuple(dict.fromkeys(name for model in _models(annotations) for name in model.model_fields))


def literal_words(annotations: tuple[Any, ...], field: str | None = None) -> tuple[str, ...]:
    """The words that these annotations, or the field of that name in these models, allow."""
    if field is not None:
        annotations = tuple(leaf for annotation in annotations for leaf in _below(annotation, field))
    return tuple(
        str(word) for annotation in annotations if get_origin(annotation) is Literal for word in get_args(annotation)
    )


def item_words(annotations: tuple[Any, ...]) -> tuple[str, ...]:
    """The words that each item of these lists may be."""
    return literal_words(tuple(leaf for annotation in annotations for leaf in _below(annotation, 0)))


def example(annotations: tuple[Any, ...]) -> str | None:
    """How one of these models is written, where it says so (``example`` of its class)."""
    return next((model.example for model in _models(annotations) if hasattr(model, "example")), None)


def holds_secret(annotations: tuple[Any, ...]) -> bool:
    """Whether a value here may be a secret."""
    return any(annotation is SecretStr for annotation in annotations)


def _leaves(annotation: Any) -> tuple[Any, ...]:
    """Without ``Annotated``, and each member of a union by itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _leaves(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return tuple(leaf for member in get_args(annotation) for leaf in _leaves(member))
    return () if annotation is NoneType else (annotation,)


def _models(annotations: tuple[Any, ...]) -> tuple[type[BaseModel], ...]:
    return tuple(kind for kind in annotations if isinstance(kind, type) and issubclass(kind, BaseModel))


def _below(annotation: Any, part: str | int) -> tuple[Any, ...]:
    models = _models((annotation,))
    if models:
        known = models[0].model_fields.get(str(part))
        return _leaves(known.annotation) if known else ()
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return _leaves(arguments[1])
    if get_origin(annotation) in (list, tuple) and isinstance(part, int):
        return _leaves(arguments[min(part, len(arguments) - 1)] if arguments[-1] is not Ellipsis else arguments[0])
    return ()


def _tagged(annotations: tuple[Any, ...], tag: str | int) -> tuple[type[BaseModel], ...]:
    """The models of a discriminated union that this tag chooses."""
    return tuple(
        model
        for model in _models(annotations)
        if any(
            tag in get_args(leaf)
            for field in model.model_fields.values()
            for leaf in _leaves(field.annotation)
            if get_origin(leaf) is Literal
        )
    )
