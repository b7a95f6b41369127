"""The rows between assessing and pricing: what each case is worth by itself, before what only all cases decide."""

import pyarrow as pa

ASSESSED = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("case_id", "institution_id", "person_id", "insurance_type")),
        pa.field("month", pa.string()),
        pa.field("discharged_on", pa.date32()),
        pa.field("drg", pa.string()),
        pa.field("weight_source", pa.string()),
        pa.field("case_kind", pa.string()),
        *(
            pa.field(name, pa.int64())
            for name in (
                "weight_e4",
                "base_rate_fen",
                "factor_e4",
                "standard_fen",
                "reference_fen",
                "total_fen",
                "excluded_fen",
                "modifier_e4",
                "normal_worth",
                "worth",
                "capped_worth",
                "points_e6",
                "normal_points_e6",
                "capped_points_e6",
                "outside_scope_fen",
                "deductible_fen",
                "ratio_e4",
                "patient_fen",
            )
        ),
        pa.field("fund_method", pa.string()),
        pa.field("negative_fund", pa.string()),
    ]
)
"""A row per case. `worth` and `normal_worth` (of a case of the group without deviation) are in fen where a rate is
paid, in points x 100 where points are; `capped_worth` is what a case is worth beyond its hospital's cap, with what is
excluded and all factors. `points_e6` are points times the institution's coefficient, x 1,000,000."""
