-- Features of an enterprise from its housing fund deposits, as known on the day as_of: the view holds no later month or payment.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    -- The last month that was over on that day.
    year(getvariable('as_of') + 1) * 12 + month(getvariable('as_of') + 1) - 1 AS full_month
),
deposits AS (
  SELECT
    uscc,
    full_month - (year(deposit_month) * 12 + month(deposit_month)) AS age,
    deposit_month,
    headcount,
    deposit_yuan AS deposit,
    deposit_state,
    paid_date,
    paid_date IS NOT NULL AND deposit_yuan > 0 AND coalesce(deposit_state, '正常') = '正常' AS normal,
    -- A month may be paid until the end of the next one.
    deposit_yuan > 0 AND (paid_date IS NULL
      OR year(paid_date) * 12 + month(paid_date) > year(deposit_month) * 12 + month(deposit_month) + 1) AS late
  FROM housing_fund, clock
),
enterprises AS (
  SELECT
    uscc,
    max(age) AS first_age,
    sum(headcount) FILTER (age BETWEEN 0 AND 11) / count(headcount) FILTER (age BETWEEN 0 AND 11) AS mean_headcount,
    count(*) FILTER (age BETWEEN 0 AND 11) AS months,
    sum(deposit) FILTER (age BETWEEN 0 AND 11 AND paid_date IS NOT NULL) AS total_deposit,
    sum(deposit) FILTER (age BETWEEN 0 AND 11 AND headcount > 0) AS deposit,
    sum(headcount) FILTER (age BETWEEN 0 AND 11 AND headcount > 0) AS heads,
    count(*) FILTER (age BETWEEN 1 AND 12) AS judged_months,
    count(*) FILTER (age BETWEEN 1 AND 12 AND late) AS late_months,
    -- Headcount now, a quarter ago, a year ago: of the newest of three months that has a record.
    arg_max(headcount, deposit_month) FILTER (age BETWEEN 0 AND 2) AS headcount_now,
    arg_max(headcount, deposit_month) FILTER (age BETWEEN 3 AND 5) AS headcount_quarter_ago,
    arg_max(headcount, deposit_month) FILTER (age BETWEEN 12 AND 14) AS headcount_year_ago,
    -- Bit k: the month of age k was paid and normal.
    bit_or(CASE WHEN age BETWEEN 0 AND 12 AND normal THEN 1::UINTEGER << age::UINTEGER ELSE 0 END) AS normal_months,
    max(paid_date) FILTER (normal) AS last_normal,
    arg_max(deposit_state, deposit_month) AS state
  FROM deposits
  GROUP BY uscc
),
runs AS (
  SELECT
    *,
    -- The last full month may still be paid: if it is not, counting begins with the month before.
    list_transform(range(0, 12), lambda k: (normal_months >> (k + 1 - (normal_months & 1))::UINTEGER) & 1) AS paid_back,
    array_to_string(list_transform(range(1, least(12, first_age) + 1), lambda k: (normal_months >> k::UINTEGER) & 1), '') AS paid_text
  FROM enterprises
)
SELECT
  uscc,
  mean_headcount AS avg_headcount_12m,
  CASE WHEN months > 0 THEN coalesce(total_deposit, 0) END AS total_deposit_12m,
  coalesce(nullif(list_position(paid_back, 0), 0), 13) - 1 AS consecutive_months_12m,
  getvariable('as_of') - last_normal AS days_since_payment,
  ln(1 + headcount_now) AS log_headcount,
  CASE WHEN headcount_quarter_ago > 0 THEN headcount_now / headcount_quarter_ago - 1 END AS headcount_change_3m,
  CASE WHEN headcount_year_ago > 0 THEN headcount_now / headcount_year_ago - 1 END AS headcount_change_12m,
  deposit / heads AS deposit_per_head,
  list_max(list_transform(string_split(paid_text, '1'), lambda gap: length(gap))) AS gap_months_12m,
  CASE WHEN judged_months > 0 THEN late_months END AS late_payments_12m,
  state AS account_state,
  greatest(first_age + 1, 0) AS history_months
FROM runs
