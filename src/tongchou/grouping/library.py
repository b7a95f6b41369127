"""Where schemes are kept: those that come with tongchou, a user's own, and those named by a folder."""

import os
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.scheme import Scheme
from tongchou.grouping.scheme_folder import MANIFEST, load_scheme

HOME_VARIABLE = "TONGCHOU_HOME"
"""Environment variable that names the folder of a user's own schemes."""


def own_folder() -> Path:
    """Return the folder in which imported schemes are kept."""
    home = os.environ.get(HOME_VARIABLE)
    return (Path(home) if home else user_data_path("tongchou")) / "schemes"


def built_in_folder() -> Path:
    """Return the folder of the schemes that come with tongchou."""
    return Path(str(files("tongchou"))) / "packs" / "schemes"


def scheme_folders() -> dict[str, Path]:
    """Return the folders of all known schemes by name; a user's own goes before a built-in one."""
    folders: dict[str, Path] = {}
    for place in (built_in_folder(), own_folder()):
        if place.is_dir():
            found = sorted(place.glob(f"*/{MANIFEST}"))
            # A dot leads the folders that an import works in.
            folders |= {path.parent.name: path.parent for path in found if not path.parent.name.startswith(".")}
    return folders


def find_scheme(name: str) -> Scheme:
    """Return a scheme by its name, or by the path of its folder.

    Raises:
        TongchouError: `grouping.no_scheme` if there is none.
        Problems: What is wrong with the scheme's tables.
    """
    folders = scheme_folders()
    if name in folders:
        return load_scheme(folders[name])
    if (Path(name) / MANIFEST).is_file():
        return load_scheme(Path(name))
    known = ", ".join(sorted(folders)) or "-"
    raise TongchouError(
        "grouping.no_scheme",
        what=Text(f"找不到分组方案 {name}", f"there is no grouping scheme {name}"),
        where=name,
        why=Text(f"已有的方案是：{known}", f"the schemes at hand are: {known}"),
        remedy=Text("先用 tongchou scheme import 导入", "import it first with tongchou scheme import"),
    )
