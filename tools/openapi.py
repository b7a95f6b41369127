"""Write docs/openapi.json: the description of the API, as the server gives it to whoever is signed in.

`python tools/openapi.py` writes it; with `--check` it fails if the file is not what the source says.
"""

import json
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "openapi.json"
REGION = "{id: example, name: {zh: 示例, en: example}, pack: china}\n"


def main() -> None:
    """Write or check the description."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "region.yaml").write_text(REGION, encoding="utf-8")
        with closing(open_workplace(Settings(region=Path(folder)))) as place:
            described = make_api(place, ROUTERS).openapi()
    page = json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/openapi.json is not what the source says: run python tools/openapi.py")


if __name__ == "__main__":
    main()
