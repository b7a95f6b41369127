"""YAML from others: read without what lets a small file grow into a huge one."""

from typing import Any

import yaml

_DEEPEST = 20


def load_plain_yaml(text: str | bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """Return what a YAML text says.

    Raises:
        YAMLError: It is no YAML, has aliases (a few lines of them write out to gigabytes), or is nested too deep.
    """
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*) are not read / 不支持别名 (*)")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(f"it is nested more than {_DEEPEST} deep / 嵌套超过 {_DEEPEST} 层")
    return yaml.safe_load(text)
