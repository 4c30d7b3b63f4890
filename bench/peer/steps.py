"""Transforms of MONAI from their names and options."""

from __future__ import annotations

from typing import Any, Callable

Step = dict[str, Any]


def make_step(step: Step, prepared_by: Any = None) -> Callable[[Any], Any]:
    """A transform of MONAI from its name and options."""
    import monai.transforms as transforms

    options = {name: with_dtypes(name, value) for name, value in step["options"].items()}
    if "transform" in options:
        options["transform"] = prepared_by
    transform = getattr(transforms, step["transform"])(**options)
    if hasattr(transform, "set_random_state"):
        transform.set_random_state(0)
    call = step.get("call")
    return (lambda item: transform(item, **call)) if call else transform


def with_dtypes(name: str, value: Any) -> Any:
    """Names of element types become types of torch."""
    import torch

    return getattr(torch, value) if name == "dtype" and isinstance(value, str) else value


def compose(steps: list[Step], lazy: bool = False) -> Callable[[Any], Any]:
    """A chain of transforms."""
    from monai.transforms import Compose

    return Compose([make_step(step) for step in steps], lazy=lazy)
