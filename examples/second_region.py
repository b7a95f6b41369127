r"""Place a county's data below another city's policy: the same cases, paid in another way.

    python examples/second_region.py demo/county demo/second --city demo_points_city
    tongchou intake demo/second/landing --region demo/second
    tongchou settle --region demo/second --period 2025

What the county decides for itself (budgets, prior-year payments, scores) comes along; everything else is the other
city's: method of payment, bands, factors, benefits, shares.
"""

import argparse
import re
import shutil
from pathlib import Path


def main() -> None:
    """Write the second region's folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("county", type=Path, help="folder of a region with its landing/ and policy/")
    parser.add_argument("folder", type=Path, help="folder to write; must not exist")
    parser.add_argument("--city", required=True, help="id of the policy pack to place it below")
    wanted = parser.parse_args()
    place_below(wanted.county, wanted.folder, wanted.city)
    print(f"{wanted.folder}\n下一步 / next: tongchou intake {wanted.folder}/landing --region {wanted.folder}")


def place_below(county: Path, folder: Path, city: str) -> None:
    """Copy a county's data and its own policy pack, and place it below a city."""
    left = shutil.ignore_patterns("lake", "runs", "scenarios", "browse", "records.db*", ".*")
    shutil.copytree(county, folder, ignore=left)
    pack = folder / "policy" / "pack.yaml"
    text = pack.read_text(encoding="utf-8")
    pack.write_text(re.sub(r"(?m)^parent: .*$", f"parent: {city}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
