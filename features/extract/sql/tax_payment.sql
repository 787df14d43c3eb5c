-- Features of an enterprise from its tax returns and payments, as known on the day as_of. What a return declares is known from the day
-- it was filed; a return counts from the day on which its filing was due.
WITH clock AS (
  SELECT getvariable('as_of') AS as_of, year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month
),
returns AS (
  SELECT
    uscc,
    tax_type,
    tax_period,
    CASE WHEN filing_due_date <= as_of THEN running_month - (year(filing_due_date) * 12 + month(filing_due_date)) END AS due_age,
    as_of - filing_due_date AS days_due,
    amount_due_yuan AS due,
    CASE WHEN paid_date IS NULL THEN 0 ELSE coalesce(amount_paid_yuan, amount_due_yuan, 0) END AS paid,
    coalesce(filed_date, as_of) - filing_due_date AS days_filed_late,
    CASE WHEN coalesce(amount_paid_yuan, amount_due_yuan) >= amount_due_yuan THEN coalesce(paid_date, as_of) ELSE as_of END
      - filing_due_date AS days_paid_late,
    credit_level
  FROM tax_payment, clock
),
enterprises AS (
  SELECT
    uscc,
    count(*) FILTER (due_age BETWEEN 0 AND 11) AS returns,
    count(DISTINCT tax_type) FILTER (due_age BETWEEN 0 AND 11) AS tax_types,
    coalesce(sum(paid) FILTER (due_age BETWEEN 0 AND 11), 0) AS paid,
    count(*) FILTER (due_age BETWEEN 0 AND 11 AND days_filed_late > 0) AS late_returns,
    sum(days_filed_late) FILTER (due_age BETWEEN 0 AND 11 AND days_filed_late > 0) AS late_days,
    bit_count(bit_or(CASE WHEN due_age BETWEEN 0 AND 11 AND due > 0 AND days_paid_late > 0
      THEN 1::UINTEGER << due_age::UINTEGER ELSE 0 END)) AS late_months,
    sum(due - paid) FILTER (due_age IS NOT NULL AND days_due > 0 AND due > paid AND due > 0) AS owed,
    max(days_due) FILTER (due_age IS NOT NULL AND days_due > 0 AND due > paid AND due > 0) AS owed_days,
    -- Tax declared, by the month in which filing was due; hundredths, whole numbers in DOUBLE.
    [sum((due * 100)::DOUBLE) FILTER (due_age = 0), sum((due * 100)::DOUBLE) FILTER (due_age = 1),
     sum((due * 100)::DOUBLE) FILTER (due_age = 2), sum((due * 100)::DOUBLE) FILTER (due_age = 3),
     sum((due * 100)::DOUBLE) FILTER (due_age = 4), sum((due * 100)::DOUBLE) FILTER (due_age = 5),
     sum((due * 100)::DOUBLE) FILTER (due_age = 6), sum((due * 100)::DOUBLE) FILTER (due_age = 7),
     sum((due * 100)::DOUBLE) FILTER (due_age = 8), sum((due * 100)::DOUBLE) FILTER (due_age = 9),
     sum((due * 100)::DOUBLE) FILTER (due_age = 10), sum((due * 100)::DOUBLE) FILTER (due_age = 11),
     sum((due * 100)::DOUBLE) FILTER (due_age = 12), sum((due * 100)::DOUBLE) FILTER (due_age = 13),
     sum((due * 100)::DOUBLE) FILTER (due_age = 14), sum((due * 100)::DOUBLE) FILTER (due_age = 15),
     sum((due * 100)::DOUBLE) FILTER (due_age = 16), sum((due * 100)::DOUBLE) FILTER (due_age = 17),
     sum((due * 100)::DOUBLE) FILTER (due_age = 18), sum((due * 100)::DOUBLE) FILTER (due_age = 19),
     sum((due * 100)::DOUBLE) FILTER (due_age = 20), sum((due * 100)::DOUBLE) FILTER (due_age = 21),
     sum((due * 100)::DOUBLE) FILTER (due_age = 22), sum((due * 100)::DOUBLE) FILTER (due_age = 23)] AS months,
    -- One level an enterprise: of the newest period that names one, the worse if two do.
    max_by(credit_level, year(tax_period) * 100 + month(tax_period) * 6 + list_position(['A', 'M', 'B', 'C', 'D'], credit_level)) AS level
  FROM returns
  GROUP BY uscc
),
matched AS (
  SELECT
    *,
    list_filter(range(1, 13), lambda i: months[i] IS NOT NULL) AS present,
    list_filter(range(1, 13), lambda i: months[i] IS NOT NULL AND months[i + 12] IS NOT NULL) AS paired
  FROM enterprises
),
sums AS (
  SELECT
    *,
    list_sum(months[1:12]) / len(present) AS mean,
    list_sum(list_transform(paired, lambda i: months[i])) AS this_year,
    list_sum(list_transform(paired, lambda i: months[i + 12])) AS year_before
  FROM matched
)
SELECT
  uscc,
  CASE WHEN returns > 0 THEN ln(1 + greatest(paid::DOUBLE, 0)) END AS log_tax_12m,
  CASE WHEN len(paired) >= 3 AND year_before > 0 THEN this_year / year_before - 1 END AS tax_growth,
  CASE WHEN len(present) >= 4 AND mean > 0 THEN
    sqrt(list_sum(list_transform(present, lambda i: (months[i] - mean) * (months[i] - mean))) / len(present)) / mean END AS tax_variation_12m,
  level AS credit_level,
  CASE WHEN returns > 0 THEN late_returns END AS late_filings_12m,
  CASE WHEN returns > 0 THEN coalesce(late_days / late_returns, 0) END AS mean_days_filed_late,
  CASE WHEN len(present) > 0 THEN len(list_filter(present, lambda i: months[i] = 0)) END AS zero_months_12m,
  CASE WHEN returns > 0 THEN late_months END AS late_payments_12m,
  (owed IS NOT NULL)::INTEGER AS tax_arrears,
  coalesce(owed, 0) AS arrears_yuan,
  coalesce(owed_days, 0) AS arrears_days,
  CASE WHEN returns > 0 THEN tax_types END AS tax_types_12m
FROM sums
