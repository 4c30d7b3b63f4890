"""Writes docs/mapping/monai/names.json: every name of MONAI's data layer, one entry for each page.

    PYTHONPATH=path/to/monai python scripts/docs/monai-names.py && npm run format

Needs MONAI 1.5.0 and torch. A name is public if its package exports it or its module lists it in `__all__`; the box
and Fourier utilities have no such list, so all that they define counts. Not counted: the helper functions of
`monai.transforms.utils*` and `monai.transforms.adaptors`, which are not transforms, inferers that cut no patches, and
the aliases of dictionary transforms (`SpacingD` and `SpacingDict` are `Spacingd`).

One page has the array and the dictionary form of a transform, and names that differ in case only (`Flip`, `flip`),
since some file systems can't hold both.
"""

import importlib
import inspect
import json
import pkgutil
import re
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

PACKAGES = ("monai.data", "monai.transforms", "monai.inferers")
WHOLE_MODULES = ("monai.data.box_utils", "monai.data.fft_utils")
LEFT_OUT = re.compile(r"monai\.transforms\.(utils.*|adaptors)$")
NOT_OF_PATCHES = re.compile(r"(Diffusion|VQVAE|Saliency)")
SINGLE = {
    "monai.apps": "MedNISTDataset DecathlonDataset TciaDataset CrossValidation "
    "check_hash download_url extractall download_and_extract",
    "monai.apps.tcia": "get_tcia_metadata download_tcia_series_instance get_tcia_ref_uid match_tcia_ref_uid_in_study",
    "monai.metrics": "DiceHelper DiceMetric compute_dice HausdorffDistanceMetric compute_hausdorff_distance",
}


def modules_of(package):
    yield package
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        yield module.name


def public_names(package):
    """(name, where it is imported from) of all that the package makes public."""
    top = importlib.import_module(package)
    for module_name in modules_of(package):
        module = importlib.import_module(module_name)
        for name, value in vars(module).items():
            if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            home = value.__module__
            alias = value.__name__ != name and (not getattr(top, name, None) is value or re.search("(D|Dict)$", name))
            if alias or home != module_name or LEFT_OUT.match(home):
                continue
            exported = getattr(top, name, None) is value
            listed = name in getattr(module, "__all__", ())
            if exported or listed or home in WHOLE_MODULES:
                yield name, package if exported else home


def page_of(name, all_names):
    """The page that a name shares with its array form."""
    if name.endswith("d") and name[:-1] in all_names and name[0].isupper():
        return name[:-1]
    return name


def main():
    found = {}
    for package in PACKAGES:
        for name, module in public_names(package):
            if package == "monai.inferers" and NOT_OF_PATCHES.search(name):
                continue
            found.setdefault(name, module)
    for module, names in SINGLE.items():
        for name in names.split():
            assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"
            found[name] = module

    pages = {}
    taken = {}
    for name in sorted(found, key=lambda each: (each.lower(), each)):
        page = page_of(name, found)
        page = taken.setdefault(page.lower(), page)
        entry = pages.setdefault(page, {"page": page, "module": found[page], "names": []})
        entry["names"].append(name)

    target = Path(__file__).parent.parent.parent / "docs" / "mapping" / "monai" / "names.json"
    version = importlib.import_module("monai").__version__
    listed = sorted(pages.values(), key=lambda each: each["page"])
    target.write_text(json.dumps({"monai": version, "pages": listed}, indent=2) + "\n")
    print(f"{len(found)} names on {len(pages)} pages")


main()
