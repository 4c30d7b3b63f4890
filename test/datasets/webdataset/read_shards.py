"""Prints as JSON what Python's webdataset 0.3.2 reads from shards, for test/datasets/webdataset.test.ts:

    python3 test/datasets/webdataset/read_shards.py shard-000000.tar shard-000001.tar
"""
import hashlib
import json
import os
import sys
from urllib.parse import unquote

import webdataset as wds


def shown(value):
    if isinstance(value, bytes):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    return {"type": type(value).__name__, "value": value}


def read(dataset):
    return [
        {
            "key": sample["__key__"],
            "id": unquote(sample["__key__"]),
            "shard": os.path.basename(sample["__url__"]),
            "fields": {name: shown(value) for name, value in sample.items() if not name.startswith("__")},
        }
        for sample in dataset
    ]


urls = sys.argv[1:]
print(
    json.dumps(
        {
            "webdataset": wds.__version__,
            "stored": read(wds.WebDataset(urls, shardshuffle=False)),
            "decoded": read(wds.WebDataset(urls, shardshuffle=False).decode()),
        }
    )
)
