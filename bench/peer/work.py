"""The kinds of work; bench/peer/peer-work.ts describes what each is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from typing import Any, Callable, Iterator

from inputs import Inputs
from readers import READERS
from steps import compose, make_step

Work = dict[str, Any]

# Results that the consumer holds, as on the other side.
HELD_RESULTS = 4


class Subject:
    """Work that is ready to run. What `prepare` returns is given to `run`, and is not part of its time."""

    def __init__(self, run: Callable[[Any], Any], prepare: Callable[[], Any] = lambda: None) -> None:
        self.run = run
        self.prepare = prepare


class Figures(dict):
    """Figures that a process measured by itself, returned in place of a result."""


def cloned(item: Any) -> Any:
    """A copy that a transform may write to: several of MONAI's do."""
    import torch

    if isinstance(item, torch.Tensor):
        return item.clone()
    return {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in item.items()}


def contiguous(result: Any) -> Any:
    """Results without gaps in memory, as a consumer needs them."""
    import numpy as np
    import torch

    if isinstance(result, torch.Tensor):
        return result.contiguous()
    if isinstance(result, np.ndarray):
        return np.ascontiguousarray(result)
    if isinstance(result, tuple):  # an image, and what was done to it
        return contiguous(result[0])
    if isinstance(result, list):
        return [contiguous(value) for value in result]
    if isinstance(result, dict):
        return {key: contiguous(value) for key, value in result.items()}
    return result


def transform(work: Work, inputs: Inputs) -> Subject:
    """One transform, or several as one, of an input that is copied before each call."""
    item = inputs.get(work["input"])
    if work.get("lazy") or len(work["steps"]) > 1:
        apply = compose(work["steps"], lazy=work.get("lazy", False))
    else:
        apply = make_step(work["steps"][0], prepared_by=inputs.preprocessing)
    return Subject(lambda given: contiguous(apply(given)), prepare=lambda: cloned(item))


def chain(work: Work, _: Inputs) -> Subject:
    """Items from files through a chain, one after the other."""
    items, apply = in_turn(work["items"]), compose(work["steps"])
    return Subject(lambda _: contiguous(apply(dict(next(items)))))


def epoch(work: Work, inputs: Inputs) -> Subject:
    """An epoch of a dataset of MONAI, in batches; the first one, which fills the cache, or a later one."""
    import monai.data as data

    kind, workers = work["dataset"], work.get("workers", 0)

    def made() -> tuple[Any, Any]:
        options = dict(work["options"])
        if kind in ("CacheDataset", "LMDBDataset", "SmartCacheDataset"):
            options["progress"] = False
        if kind in ("PersistentDataset", "LMDBDataset"):
            options["cache_dir"] = tempfile.mkdtemp(dir=inputs.directory)
        if kind == "CacheDataset" and workers > 0:
            options["num_workers"] = workers
        dataset = getattr(data, kind)(work["items"], compose(work["steps"]), **options)
        return dataset, data.DataLoader(dataset, batch_size=work["batch"], num_workers=workers)

    ready = None if work.get("first") else made()
    replaces = ready is not None and hasattr(ready[0], "update_cache")
    if ready is not None and replaces:
        ready[0].start()

    def run(_: Any) -> None:
        held: deque[Any] = deque(maxlen=HELD_RESULTS)
        dataset, loader = ready or made()
        for batch in loader:
            held.append(batch)
        if replaces:
            dataset.update_cache()
            # Its thread has begun to compute the next ones: the other side's times must not have a part of that.
            while not dataset._replace_done:
                time.sleep(0.001)

    return Subject(run)


def windows(work: Work, inputs: Inputs) -> Subject:
    """Inference with a network that does nothing."""
    import torch
    from monai.inferers import sliding_window_inference

    image = inputs.get("t1")[None]

    def run(_: Any) -> Any:
        with torch.no_grad():
            result = sliding_window_inference(
                image, work["roiSize"], work["batch"], lambda patch: patch, overlap=work["overlap"], mode="gaussian"
            )
        return contiguous(result)[0]

    return Subject(run)


def read(work: Work, _: Inputs) -> Subject:
    """A file with a reader."""
    path: str = work["path"]
    reader = READERS[work["reader"]]
    return Subject(lambda _: reader(path))


def records(work: Work, _: Inputs) -> Subject:
    """Records in random order, in batches, unchanged."""
    from monai.data import DataLoader, Dataset

    items = [{"id": n, "image": f"scan-{n}.nii.gz"} for n in range(work["count"])]
    dataset = Dataset(items, lambda item: item)
    loader = DataLoader(dataset, batch_size=work["batch"], shuffle=True, num_workers=0, collate_fn=list)
    return Subject(lambda _: sum(1 for _ in loader))


PROGRAM_OF_A_PROCESS = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
work = json.loads(sys.argv[1])
started, used = time.perf_counter(), time.process_time()
import monai.data
import monai.transforms
if work["program"] == "first batch":
    from steps import compose
    dataset = monai.data.Dataset(work["items"], compose(work["steps"]))
    next(iter(monai.data.DataLoader(dataset, batch_size=2, num_workers=0)))
print(json.dumps({"wallMs": 1e3 * (time.perf_counter() - started), "cpuMs": 1e3 * (time.process_time() - used)}))
"""


def process(work: Work, _: Inputs) -> Subject:
    """A process that imports MONAI, or that goes on to the first batch."""
    command = [sys.executable, "-c", PROGRAM_OF_A_PROCESS, json.dumps(work)]
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}

    def run(_: Any) -> Figures:
        started = time.perf_counter()
        printed = subprocess.run(command, env=place, check=True, capture_output=True, text=True).stdout
        figures = Figures(json.loads(printed))
        if work["program"] == "first batch":
            figures["wallMs"] = 1e3 * (time.perf_counter() - started)
        return figures

    return Subject(run)


KINDS: dict[str, Callable[[Work, Inputs], Subject]] = {
    "transform": transform,
    "chain": chain,
    "epoch": epoch,
    "windows": windows,
    "read": read,
    "records": records,
    "process": process,
}


def in_turn(items: list[Any]) -> Iterator[Any]:
    while True:
        yield from items
