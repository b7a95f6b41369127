"""Made-up identities: names, document numbers and phones that look right and belong to nobody."""

import numpy as np
import numpy.typing as npt
import polars as pl

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安邦昌诚达恩芳飞刚桂海浩和慧佳建杰静军开兰丽林敏明宁平强青庆荣瑞森山淑涛婷文祥晓欣秀雅艳怡勇宇玉远泽云珍志"

# No area begins with 99, and no phone number with 10: nobody's number can come out.
_AREA = "990100"
_PHONE = "10"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS = np.array(list("10X98765432"))


def identities(persons: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return an identity for each person, the same for the same seed and order of persons.

    Args:
        persons: Columns `person_id`, `sex` and `born_on`.
        seed: Any whole number from 0.

    Returns:
        `person_id` with the text columns `person_name`, `identity_number`, `insurance_number`, `address`,
        `contact_name` and `contact_phone`; numbers of documents have a valid check digit, the person's day of birth
        and sex.
    """
    rng = np.random.default_rng([seed, 1])
    count = persons.height
    return persons.select(
        "person_id",
        pl.Series("person_name", _names(rng, count)),
        _document_numbers(persons, rng).alias("identity_number"),
        pl.format("H{}", pl.Series(rng.permutation(count) + 10_000_000)).alias("insurance_number"),
        pl.format("云栖县虚构路{}号", pl.Series(rng.integers(1, 9_999, count))).alias("address"),
        pl.Series("contact_name", _names(rng, count)),
        pl.format("{}{}", pl.lit(_PHONE), pl.Series(rng.integers(10**8, 10**9, count))).alias("contact_phone"),
    )


def _names(rng: np.random.Generator, count: int) -> pl.Series:
    surnames, given = np.array(list(_SURNAMES)), np.array([*_GIVEN, ""])
    parts = surnames[rng.integers(surnames.size, size=count)], given[rng.integers(given.size - 1, size=count)]
    third = given[rng.integers(given.size, size=count)]
    return pl.Series(np.char.add(np.char.add(*parts), third).tolist(), dtype=pl.String)


def _document_numbers(persons: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    # Two digits, then one whose parity says the sex.
    order = rng.integers(0, 100, persons.height)
    parity = np.where((persons["sex"] == "male").to_numpy(), 1, 0) + 2 * rng.integers(0, 5, persons.height)
    text = persons.select(
        pl.format(
            "{}{}{}{}",
            pl.lit(_AREA),
            pl.col("born_on").dt.strftime("%Y%m%d"),
            pl.Series(order).cast(pl.String).str.zfill(2),
            pl.Series(parity),
        )
    ).to_series()
    digits = np.frombuffer("".join(text.to_list()).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - ord("0")
    return text + pl.Series(check_digits(digits).tolist(), dtype=pl.String)


def check_digits(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """Return the last character of document numbers by their first seventeen digits, a row each (GB 11643)."""
    checks: npt.NDArray[np.str_] = _CHECKS[(digits * _WEIGHTS).sum(axis=1) % 11]
    return checks
