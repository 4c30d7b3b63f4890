"""Inputs of single transforms; bench/workloads/inputs.ts makes the same ones."""

from __future__ import annotations

from typing import Any


class Inputs:
    """Makes inputs from a T1 image and its label, each once. `directory` is for caches, and removed at the end."""

    def __init__(self, t1_path: str, label_path: str, directory: str) -> None:
        self.directory = directory
        self.paths = {"t1": t1_path, "label": label_path}
        self.volumes: dict[str, Any] = {}
        self.preprocessing: Any = None

    def volume(self, name: str) -> Any:
        if name not in self.volumes:
            from monai.transforms import LoadImage

            load = LoadImage(image_only=True, ensure_channel_first=True)
            self.volumes[name] = load(self.paths[name])
        return self.volumes[name]

    def get(self, name: str) -> Any:
        import torch
        from monai.transforms import Compose, Orientation, Orientationd, Spacing, Spacingd

        t1 = self.volume("t1")
        if name == "t1":
            return t1
        if name == "int16":
            return t1.to(torch.int16)
        if name == "reoriented":
            return Orientation(axcodes="RAS")(t1)
        if name == "label":
            return self.volume("label")
        if name == "mask":
            return (self.volume("label") > 0).to(torch.float32)
        if name == "probabilities":
            probability = torch.sigmoid((t1 - 300) / 100)
            return torch.cat([probability, 1 - probability])
        if name == "channels":
            return {"image": self.get("probabilities")}
        if name == "slice":
            return t1[:, :, :, :1]
        if name == "record":
            return {"image": t1, "label": self.volume("label"), "weight": t1.clamp(min=0)}
        if name == "pair":
            return {"image": t1, "other": Spacing(pixdim=(2.0, 2.0, 2.0))(t1)}
        if name == "preprocessed":
            steps = [Orientationd(keys="image", axcodes="RAS"), Spacingd(keys="image", pixdim=(1.5, 1.5, 1.5))]
            self.preprocessing = Compose(steps)
            item = self.preprocessing({"image": t1})
            return {"pred": item["image"].clone(), **item}
        if name == "cube":
            return {"image": cube(t1), "label": cube(self.volume("label"))}
        raise ValueError(f"no input {name}")


def cube(volume: Any, side: int = 128) -> Any:
    """The middle of an image."""
    starts = [max(0, (length - side) // 2) for length in volume.shape[1:]]
    return volume[(slice(None), *(slice(start, start + side) for start in starts))].contiguous()
