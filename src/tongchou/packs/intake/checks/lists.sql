-- One row per document: its own fields, and what checks ask of its other tables. Sums and counts are null where the
-- document has no such row, so that a check on them does not apply.
with
own as (
    select * from settlement_lists qualify row_number() over (partition by document order by seq) = 1
),
western as (
    select *, row_number() over (partition by document order by seq) as place
    from list_diagnoses where diagnosis_type is null or diagnosis_type = 'western'
),
diagnoses as (
    select document, count(*) as diagnosis_rows, bool_or(code like '%+%') as has_dagger
    from list_diagnoses group by document
),
principal as (
    select document, count(is_principal) as principal_flags, count_if(is_principal) as principal_rows,
        min(place) filter (is_principal) as principal_place,
        arg_min(code, place) filter (is_principal) as principal_code,
        arg_min(seq, place) filter (is_principal) as principal_seq,
        arg_min(admission_condition, place) filter (is_principal) as principal_condition
    from western group by document
),
operations as (
    select document, count(*) as operation_rows, count(operation_rank) as ranked_operations,
        count_if(operation_rank = 'main') as main_operations, count(anaesthesia) as anaesthesia_rows,
        arg_min(code, seq) filter (operation_rank = 'main') as main_operation_code,
        min(seq) filter (operation_rank = 'main') as main_operation_seq,
        arg_min(operation_rank, seq) as first_operation_rank
    from list_operations group by document
),
care_units as (select document, count(*) as intensive_care_rows from list_intensive_care group by document),
transfusions as (select document, count(*) as transfusion_rows from list_transfusions group by document),
payments as (
    select document, count(*) as payment_rows from list_payments group by document
),
fees as (
    select document, count(*) as fee_rows, sum(amount_fen)::hugeint as fees_fen,
        coalesce(sum(amount_fen) filter (category = 'surgery'), 0)::hugeint as surgery_fen,
        coalesce(sum(amount_fen) filter (category in ('surgery', 'treatment')), 0)::hugeint as treated_fen
    from list_fees group by document
),
page_fees as (
    select document, count(*) as page_fee_rows,
        coalesce(sum(amount_fen) filter (fee_class = 'surgical_treatment'), 0)::hugeint as page_surgery_fen,
        coalesce(sum(amount_fen) filter (fee_class in ('surgical_treatment', 'general_treatment',
            'non_surgical_treatment', 'clinical_diagnosis', 'chinese_treatment')), 0)::hugeint as page_treated_fen,
        coalesce(sum(amount_fen) filter (fee_class = 'anaesthesia'), 0)::hugeint as anaesthesia_fen,
        coalesce(sum(amount_fen) filter (fee_class = 'blood'), 0)::hugeint as blood_fen
    from front_page_fees group by document
),
lines as (
    select document, count(*) as fee_line_rows, count(*) = count(category) as lines_have_categories
    from list_fee_lines group by document
),
chronic as (select document, count(*) as chronic_rows from list_chronic_treatments group by document)
select
    d.document, f.kind, f.transaction, f.received_at,
    own.* exclude (document, seq),
    cast(own.admitted_at as date) as admitted_on,
    cast(own.discharged_at as date) as discharged_on,
    date_diff('day', cast(own.admitted_at as date), cast(own.discharged_at as date)) as stay_days,
    coalesce(cast(own.admitted_at as date), own.chronic_visited_on) as seen_on,
    full_years(own.born_on, coalesce(cast(own.admitted_at as date), own.chronic_visited_on)) as full_age,
    coalesce(own.age_years, full_years(own.born_on, coalesce(cast(own.admitted_at as date), own.chronic_visited_on)),
        case when own.age_days is not null then 0 end) as age,
    -- Under a year, the age in days; over it, null.
    case when coalesce(own.age_years, 0) < 1 then coalesce(own.age_days,
        date_diff('day', own.born_on, coalesce(cast(own.admitted_at as date), own.chronic_visited_on))) end as days_old,
    -- A chronic treatment has no admission; whatever bills one is a stay unless it says day surgery.
    case
        when own.document is null then null
        when own.admitted_at is null and own.discharged_at is null
            and (own.chronic_visited_on is not null or own.chronic_department is not null or chronic_rows > 0)
            then 'chronic'
        when own.care_kind = 'day_surgery' then 'day_surgery'
        else 'inpatient'
    end as care,
    coalesce(diagnosis_rows, 0) as diagnosis_rows, coalesce(has_dagger, false) as has_dagger,
    principal_flags, principal_rows, principal_place, principal_code, principal_seq, principal_condition,
    coalesce(operation_rows, 0) as operation_rows, ranked_operations, main_operations, main_operation_code,
    main_operation_seq, first_operation_rank, coalesce(anaesthesia_rows, 0) as anaesthesia_rows,
    coalesce(intensive_care_rows, 0) as intensive_care_rows, coalesce(transfusion_rows, 0) as transfusion_rows,
    coalesce(payment_rows, 0) as payment_rows,
    coalesce(fee_rows, 0) as fee_rows, fees_fen, coalesce(own.total_fen, fees_fen) as billed_fen,
    coalesce(surgery_fen, page_surgery_fen) as surgery_fen, coalesce(treated_fen, page_treated_fen) as treated_fen,
    coalesce(page_fee_rows, 0) as page_fee_rows, anaesthesia_fen, blood_fen,
    coalesce(fee_line_rows, 0) as fee_line_rows, lines_have_categories,
    special_nursing_days is not null or nursing_1_days is not null or nursing_2_days is not null
        or nursing_3_days is not null as has_nursing_days,
    coalesce(special_nursing_days, 0) + coalesce(nursing_1_days, 0) + coalesce(nursing_2_days, 0)
        + coalesce(nursing_3_days, 0) as nursing_days
from documents as d
cross join facts as f
left join own using (document)
left join diagnoses using (document)
left join principal using (document)
left join operations using (document)
left join care_units using (document)
left join transfusions using (document)
left join payments using (document)
left join fees using (document)
left join page_fees using (document)
left join lines using (document)
left join chronic using (document)
