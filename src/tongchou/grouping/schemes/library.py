"""Where schemes are kept: those that come with tongchou, a user's own, and those named by a folder."""

import os
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.folder_replacement import is_plain_name, recover_folder, replace_folder
from tongchou.grouping.schemes.reading import build_scheme, load_scheme, whole_tables
from tongchou.grouping.schemes.scheme import Scheme
from tongchou.grouping.schemes.tables import MANIFEST, SchemeTables, read_tables, write_tables

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
    return load_scheme(scheme_folder(name), find_tables)


def find_tables(name: str) -> SchemeTables:
    """Return a scheme as it is written, by its name or the path of its folder.

    Raises:
        TongchouError: `grouping.no_scheme` if there is none.
        Problems: `grouping.scheme_file` if a file cannot be read.
    """
    return read_tables(scheme_folder(name))


def find_whole_tables(name: str) -> SchemeTables:
    """Return a scheme's tables, a difference applied to its base."""
    return whole_tables(find_tables(name), find_tables)


def scheme_folder(name: str) -> Path:
    """Return the folder of a scheme by its name, or a path that is one.

    Raises:
        TongchouError: `grouping.no_scheme` if there is none.
    """
    folders = scheme_folders()
    if name in folders:
        return folders[name]
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    known = ", ".join(sorted(folders)) or "-"
    raise TongchouError(
        "grouping.no_scheme",
        what=Text(f"找不到分组方案 {name}", f"there is no grouping scheme {name}"),
        where=name,
        why=Text(f"已有的方案是：{known}", f"the schemes at hand are: {known}"),
        remedy=Text("先用 tongchou scheme import 导入", "import it first with tongchou scheme import"),
    )


def install_scheme(tables: SchemeTables, name: str) -> Scheme:
    """Put a scheme among the user's own under a name; one that is there is replaced only when all is well.

    Raises:
        TongchouError: `grouping.scheme_name` if the name could lead out of the folder of schemes;
            `grouping.scheme_target` if the place is taken by something that is no scheme.
        Problems: What is wrong with the scheme.
    """
    if not is_plain_name(name):
        raise _bad_name(name)
    named = SchemeTables(tables.manifest | {"name": name}, tables.tables)
    # Under its own name a scheme cannot find a base.
    scheme = build_scheme(whole_tables(named, find_tables, frozenset({name})))
    target = own_folder() / name
    recover_folder(target)
    if target.exists() and not (target / MANIFEST).is_file():
        raise _not_a_scheme(target)
    replace_folder(target, lambda folder: write_tables(named, folder))
    return scheme


def _bad_name(name: str) -> TongchouError:
    return TongchouError(
        "grouping.scheme_name",
        what=Text(f"方案名“{name}”不能用", f"the scheme name '{name}' cannot be used"),
        where="--name",
        why=Text(
            "方案名即文件夹名，须以字母、数字或汉字开头，只含字母、数字、汉字、点、下划线和连字符",
            "it names a folder: a letter, digit or Chinese character, then these, dots, underscores and hyphens",
        ),
        remedy=Text("换一个名称，例如 chs-drg-1.1", "give another name, e.g. chs-drg-1.1"),
    )


def _not_a_scheme(target: Path) -> TongchouError:
    return TongchouError(
        "grouping.scheme_target",
        what=Text("目标文件夹已存在，但不是分组方案", "the target folder is there and is not a scheme"),
        where=str(target),
        why=Text(f"其中没有 {MANIFEST}，不能替换", f"it holds no {MANIFEST}, so it is not replaced"),
        remedy=Text("移走该文件夹，或换一个方案名", "move the folder away, or give the scheme another name"),
    )
