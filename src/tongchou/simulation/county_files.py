"""Reading the generator's data files, every key checked, problems told as sentences."""

from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

COUNTY = Path(__file__).parent.parent / "packs" / "simulation" / "county"
"""The folder of the built-in county's data files."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""
Positive = Annotated[float, Field(gt=0)]
"""A number above zero: a weight, a median, a multiple."""


class Entry(BaseModel):
    """A mapping in a data file: unknown keys and missing keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogNormal(Entry):
    """A log-normal figure by its median and the standard deviation of its logarithm."""

    median: Positive
    sigma: Annotated[float, Field(ge=0)]


_Content = TypeVar("_Content", bound=Entry)


def read_entry(file: Path, kind: type[_Content]) -> _Content:
    """Return a data file's content as `kind`.

    Raises:
        TongchouError: `simulation.bad_file` if the file is missing, is not YAML or does not fit `kind`.
    """
    try:
        return kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise bad_file(str(file), Text.plain(" ".join(str(error).split()))) from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        raise bad_file(str(file), Text.plain("; ".join(problems))) from error


def bad_file(where: str, why: Text) -> TongchouError:
    """Return the error `simulation.bad_file` for a place in a data file."""
    return TongchouError(
        "simulation.bad_file",
        what=Text("生成器的数据文件有误", "a data file of the region generator is wrong"),
        where=where,
        why=why,
        remedy=Text("按所指位置改正该文件", "correct the file at the place named"),
    )
