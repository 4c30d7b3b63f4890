"""Readers of image files."""

from __future__ import annotations

import os
from typing import Any, Callable


def read_monai(path: str) -> Any:
    from monai.transforms import LoadImage

    return LoadImage(image_only=True, ensure_channel_first=True)(path)


def read_nibabel(path: str) -> Any:
    import nibabel
    import numpy as np

    # A copy: an array would only map a file that is not compressed.
    return np.array(nibabel.load(path).dataobj)


def read_numpy(path: str) -> Any:
    import numpy as np

    return np.load(path)


def read_pillow(path: str) -> Any:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(path))


def read_pydicom(path: str) -> Any:
    import numpy as np
    import pydicom

    slices = [pydicom.dcmread(os.path.join(path, name)) for name in os.listdir(path)]
    slices.sort(key=lambda dataset: float(dataset.ImagePositionPatient[2]))
    return np.stack([pixels_of(dataset) for dataset in slices], -1)


def pixels_of(dataset: Any) -> Any:
    import numpy as np

    return np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)


READERS: dict[str, Callable[[str], Any]] = {
    "MONAI": read_monai,
    "nibabel": read_nibabel,
    "numpy": read_numpy,
    "Pillow": read_pillow,
    "pydicom": read_pydicom,
}
