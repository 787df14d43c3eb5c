-- Features of an enterprise from its social insurance contributions, as known on the day as_of: the view holds no later month or payment.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    -- The last month that was over on that day.
    year(getvariable('as_of') + 1) * 12 + month(getvariable('as_of') + 1) - 1 AS full_month
),
contributions AS (
  SELECT
    uscc,
    full_month - (year(contribution_month) * 12 + month(contribution_month)) AS age,
    contribution_month,
    insured_headcount AS headcount,
    amount_due_yuan AS due,
    CASE WHEN paid_date IS NULL THEN 0 ELSE coalesce(amount_paid_yuan, amount_due_yuan) END AS paid,
    paid_date,
    insured_kinds,
    paid_date IS NOT NULL AND amount_due_yuan > 0 AND coalesce(amount_paid_yuan, amount_due_yuan) >= amount_due_yuan AS settled,
    -- A month may be paid until the end of the next one.
    amount_due_yuan > 0 AND (paid_date IS NULL OR coalesce(amount_paid_yuan, amount_due_yuan) < amount_due_yuan
      OR year(paid_date) * 12 + month(paid_date) > year(contribution_month) * 12 + month(contribution_month) + 1) AS late
  FROM social_insurance, clock
),
enterprises AS (
  SELECT
    uscc,
    max(age) AS first_age,
    sum(due) FILTER (age BETWEEN 0 AND 11 AND headcount > 0) AS due,
    sum(headcount) FILTER (age BETWEEN 0 AND 11 AND headcount > 0) AS heads,
    count(*) FILTER (age BETWEEN 1 AND 12) AS judged_months,
    count(*) FILTER (age BETWEEN 1 AND 12 AND late) AS late_months,
    count(*) FILTER (age BETWEEN 1 AND 12 AND due > 0 AND NOT settled) AS open_months,
    sum(due) FILTER (age BETWEEN 1 AND 12) AS judged_due,
    sum(paid) FILTER (age BETWEEN 1 AND 12) AS judged_paid,
    arg_max(headcount, contribution_month) FILTER (age BETWEEN 0 AND 2) AS headcount_now,
    arg_max(headcount, contribution_month) FILTER (age BETWEEN 3 AND 5) AS headcount_quarter_ago,
    arg_max(headcount, contribution_month) FILTER (age BETWEEN 12 AND 14) AS headcount_year_ago,
    [max(headcount) FILTER (age = 0), max(headcount) FILTER (age = 1), max(headcount) FILTER (age = 2),
     max(headcount) FILTER (age = 3), max(headcount) FILTER (age = 4), max(headcount) FILTER (age = 5),
     max(headcount) FILTER (age = 6), max(headcount) FILTER (age = 7), max(headcount) FILTER (age = 8),
     max(headcount) FILTER (age = 9), max(headcount) FILTER (age = 10), max(headcount) FILTER (age = 11),
     max(headcount) FILTER (age = 12)] AS heads_by_month,
    -- Bit k: the month of age k was paid in full.
    bit_or(CASE WHEN age BETWEEN 0 AND 12 AND settled THEN 1::UINTEGER << age::UINTEGER ELSE 0 END) AS settled_months,
    max(paid_date) AS last_paid,
    arg_max(insured_kinds, contribution_month) AS kinds
  FROM contributions
  GROUP BY uscc
),
runs AS (
  SELECT
    *,
    -- The last full month may still be paid: if it is not, counting begins with the month before.
    list_transform(range(0, 12), lambda k: (settled_months >> (k + 1 - (settled_months & 1))::UINTEGER) & 1) AS paid_back,
    array_to_string(list_transform(range(1, least(12, first_age) + 1), lambda k: (settled_months >> k::UINTEGER) & 1), '') AS paid_text,
    list_filter(range(1, 13), lambda k: heads_by_month[k] IS NOT NULL AND heads_by_month[k + 1] IS NOT NULL) AS steps
  FROM enterprises
)
SELECT
  uscc,
  ln(1 + headcount_now) AS log_headcount,
  CASE WHEN headcount_quarter_ago > 0 THEN headcount_now / headcount_quarter_ago - 1 END AS headcount_change_3m,
  CASE WHEN headcount_year_ago > 0 THEN headcount_now / headcount_year_ago - 1 END AS headcount_change_12m,
  list_sum(list_transform(steps, lambda k: greatest(heads_by_month[k] - heads_by_month[k + 1], 0))) AS new_hires_12m,
  due / heads AS contribution_per_head,
  coalesce(nullif(list_position(paid_back, 0), 0), 13) - 1 AS consecutive_months_12m,
  list_max(list_transform(string_split(paid_text, '1'), lambda gap: length(gap))) AS gap_months_12m,
  CASE WHEN judged_months > 0 THEN open_months END AS arrears_months,
  CASE WHEN judged_due > 0 THEN judged_paid / judged_due END AS paid_share_12m,
  CASE WHEN judged_months > 0 THEN late_months END AS late_payments_12m,
  getvariable('as_of') - last_paid AS days_since_payment,
  kinds AS insured_kinds,
  greatest(first_age + 1, 0) AS history_months
FROM runs
