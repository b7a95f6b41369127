"""From hospitals' money to their cases': parts by points that sum to the whole, to the fen."""

from collections.abc import Mapping

import polars as pl

from tongchou.core.money import FenArray

KEY = ("pool", "institution_id")


def share_by_points(cases: pl.DataFrame, gross_fen: Mapping[tuple[str, str], int]) -> FenArray:
    """Return each case's part of its hospital's money in its pool, by points, with the largest remainder.

    Ties of the remainder go to the case that comes first. A hospital without points has nothing to share.

    Args:
        cases: `pool, institution_id, points_e6`, in any order that is kept.
        gross_fen: What the hospital's points in the pool come to, fen.
    """
    gross = pl.DataFrame(
        [(pool, institution, fen) for (pool, institution), fen in gross_fen.items()],
        schema={"pool": pl.String, "institution_id": pl.String, "gross": pl.Int64},
        orient="row",
    )
    # The product of a hospital's money and a case's points needs more than 64 bits.
    product = pl.col("points_e6").cast(pl.Int128) * pl.col("gross").cast(pl.Int128)
    total = pl.col("points_e6").sum().over(KEY).cast(pl.Int128)
    parts = (
        cases.select(*KEY, "points_e6")
        .with_row_index("row")
        .join(gross, on=KEY, how="left", maintain_order="left")
        .with_columns(product=product, total=pl.when(total > 0).then(total).otherwise(1))
        .with_columns(
            part=pl.col("product") // pl.col("total"), rest=(pl.col("product") % pl.col("total")).cast(pl.Int64)
        )
        .with_columns(left=pl.col("gross") - pl.col("part").sum().over(KEY))
        .sort(*KEY, -pl.col("rest"), "row")
        .with_columns(place=pl.int_range(pl.len()).over(KEY))
        .with_columns(fen=pl.col("part") + (pl.col("place") < pl.col("left")).cast(pl.Int128))
        .sort("row")
    )
    result: FenArray = parts.get_column("fen").cast(pl.Int64).to_numpy()
    return result
