"""Writes monai-metrics.json: what MONAI 1.5.0 gives for small labels. Run it with MONAI, PyTorch and SciPy installed."""

import json
import math
import os

import numpy as np
import torch
from monai.metrics import DiceMetric, HausdorffDistanceMetric, compute_hausdorff_distance
from monai.metrics.meandice import DiceHelper
from monai.networks.utils import one_hot

rng = np.random.default_rng(7)


def blobs(shape, classes, density):
    """Labels with connected parts, some of which touch the border."""
    label = np.zeros(shape, np.int64)
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    for value in range(1, classes):
        for _ in range(density):
            center = rng.uniform(0, np.array(shape))
            radius = rng.uniform(0.6, max(shape) / 3)
            label[((grid - center) ** 2).sum(-1) < radius**2] = value
    return label


def plain(values):
    return [None if math.isnan(v) else "Infinity" if math.isinf(v) else v for v in np.asarray(values, np.float64).ravel()]


def case(name, pred, label, classes, spacing):
    p, y = (torch.as_tensor(each)[None, None] for each in (pred, label))
    hot = [one_hot(each, classes) for each in (p, y)]
    dice = {}
    for background in (True, False):
        for ignore in (True, False):
            helper = DiceHelper(
                include_background=background, ignore_empty=ignore, num_classes=classes, reduction="none", get_not_nans=False
            )
            dice[f"{'with' if background else 'without'} background, {'ignore' if ignore else 'count'} empty"] = plain(helper(p, y)[0])
    metric = DiceMetric(include_background=False, reduction="none", num_classes=classes)
    assert np.array_equal(np.asarray(metric(p, y)[0]), np.asarray(DiceHelper(include_background=False, num_classes=classes, reduction="none", get_not_nans=False)(p, y)[0]), equal_nan=True)
    hausdorff = {
        f"{'with' if background else 'without'} background": plain(
            compute_hausdorff_distance(*hot, include_background=background, percentile=95, spacing=spacing)[0]
        )
        for background in (True, False)
    }
    return {
        "name": name,
        "shape": list(pred.shape),
        "spacing": spacing,
        "classes": classes,
        "pred": "".join(map(str, pred.ravel())),
        "label": "".join(map(str, label.ravel())),
        "dice": dice,
        "hausdorff95": hausdorff,
    }


def cases():
    for n, (shape, classes, spacing) in enumerate(
        [
            ((9, 8, 7), 3, [1.0, 1.0, 1.0]),
            ((10, 7, 6), 4, [0.7, 1.3, 2.5]),
            ((12, 11), 3, [0.5, 2.0]),
            ((6, 6, 1), 2, [1.0, 2.0, 3.0]),
            ((11, 9, 8), 5, [3.0, 0.4, 1.0]),
        ]
    ):
        yield case(f"blobs {n}", blobs(shape, classes, 2), blobs(shape, classes, 2), classes, spacing)
    shape, spacing = (5, 4, 3), [1.0, 1.5, 2.0]
    empty, full = np.zeros(shape, np.int64), np.ones(shape, np.int64)
    one = empty.copy()
    one[2, 1, 1] = 1
    corner = empty.copy()
    corner[0, 0, 0] = 1
    several = blobs(shape, 2, 1)
    for name, pred, label in [
        ("both empty", empty, empty),
        ("label empty", several, empty),
        ("prediction empty", empty, several),
        ("label empty, one voxel predicted", one, empty),
        ("one voxel each", one, corner),
        ("the same", several, several),
        ("all of it", full, full),
        ("all of it, and one voxel", full, one),
    ]:
        yield case(name, pred, label, 2, spacing)
    yield case("a class that neither has", blobs((6, 5, 4), 2, 2), blobs((6, 5, 4), 2, 2), 4, [1.0, 1.0, 1.0])


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "monai-metrics.json")
with open(path, "w") as file:
    json.dump(list(cases()), file)
