"""Writes the shards of this directory that test/datasets/webdataset.test.ts reads, with Python's webdataset 0.3.2:

    python3 test/datasets/webdataset/write_shards.py

It needs webdataset 0.3.2, numpy and Pillow. `volume.nii` was made by VoxRx: encodeNifti of the volume in
test/support/webdataset-items.ts. Shards carry times of gzip, so each run gives other bytes with the same content.
"""
import gzip
import os

import numpy as np
import webdataset as wds

assert wds.__version__ == "0.3.2", wds.__version__
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "volume.nii"), "rb") as file:
    nii = file.read()

samples = [
    # Bytes that are compressed already: webdataset compresses every field whose name ends in .gz, so this is gzip twice.
    {"__key__": "plain", "nii.gz": gzip.compress(nii), "txt": "größer\n", "cls": 3, "json": {"age": 61, "side": "links"}},
    {
        "__key__": "site/a/case1",
        "ct.nii.gz": nii,  # becomes gzip once
        "seg.npy": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        "png": np.arange(12, dtype=np.uint8).reshape(3, 4) * 20,
        "id": -12,
    },
    {"__key__": "größe/脳", "transcript": "頭", "index": 0},
    {"__key__": "v1.2/scan.T1w", "nii": nii, "JSON": [1.5, None, True, "x"]},
    {"__key__": "deep/" * 40 + "case", "txt": ""},
    {"__key__": "kept/as/bytes", "pyd": {"a": 1}, "json.gz": {"b": 2}, "raw": b"\x00\xff"},
]


def written(name, some, **options):
    with wds.TarWriter(os.path.join(here, name), mtime=0, **options) as writer:
        for sample in some:
            writer.write(sample)


with wds.ShardWriter(os.path.join(here, "python-%06d.tar"), maxcount=2, mtime=0, verbose=0) as writer:
    for sample in [samples[0], samples[2], samples[3], samples[4]]:
        writer.write(sample)
written("python-all.tar.gz", samples)
# With encoder=False fields are bytes, and stay as they are.
written("python-raw.tar.gz", [{"__key__": "raw", "nii.gz": gzip.compress(nii), "cls": b"7"}], encoder=False)
# What JSON does not know: Python writes NaN, which no other reader takes.
written("python-nan.tar.gz", [{"__key__": "nan", "json": {"loss": float("nan")}}])
