-- Features of an enterprise from its gas bills, as known on the day as_of: the view gas_usage holds no later bill or payment.
-- Usage is counted in hundredths of a unit: whole numbers in DOUBLE add up exactly, in any order.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    -- The last month that was over on that day.
    year(getvariable('as_of') + 1) * 12 + month(getvariable('as_of') + 1) - 1 AS full_month
),
-- January and February share the Spring Festival between them, each year differently. They are compared only together, each as half
-- of both; a January whose February is not over yet is left out, and comparisons end with December.
calendar AS (
  SELECT
    *,
    (full_month % 12 = 1)::INTEGER AS skipped,
    -- Place of the last February among the compared months, the newest first; January stands after it.
    CASE WHEN full_month % 12 = 1 THEN 11 ELSE (full_month + 10) % 12 + 1 END AS february
  FROM clock
),
-- Read twice, and cheaper read twice than kept.
bills AS NOT MATERIALIZED (
  SELECT
    uscc,
    gas_account_no AS account,
    gas_account_name <> enterprise_name AS other_name,
    full_month - (year(bill_month) * 12 + month(bill_month)) AS age,
    (usage_m3 * 100)::DOUBLE AS usage,
    amount_due_yuan AS due,
    CASE WHEN paid_date IS NULL THEN 0 ELSE coalesce(amount_paid_yuan, amount_due_yuan) END AS paid,
    due_date,
    paid_date,
    coalesce(paid_date <= bill_month, false) AS prepaid,
    CASE WHEN coalesce(amount_paid_yuan, amount_due_yuan) >= amount_due_yuan THEN coalesce(paid_date, as_of) ELSE as_of END AS settled_date,
    as_of,
    running_month
  FROM gas_usage, calendar
),
-- A bill with nothing to pay is a correction: it is never late, and what it gives back is taken off the account's arrears.
payments AS (
  SELECT
    *,
    CASE WHEN due > 0 AND due_date <= as_of THEN running_month - (year(due_date) * 12 + month(due_date)) END AS due_age,
    settled_date - due_date AS days_late,
    running_month - (year(settled_date) * 12 + month(settled_date)) AS settled_age
  FROM bills
),
arrears_by_account AS (
  SELECT uscc, sum(open) AS owed, max(as_of - due_date) FILTER (open > 0) AS days
  FROM (SELECT *, CASE WHEN due > 0 THEN greatest(due - paid, 0) ELSE least(due - paid, 0) END AS open FROM bills)
  WHERE due_date < as_of AND open <> 0
  GROUP BY uscc, account
  HAVING sum(open) > 0
),
arrears AS (
  SELECT uscc, sum(owed) AS owed, max(days) AS days FROM arrears_by_account GROUP BY uscc
),
-- One pass over all bills. The accounts of an enterprise are added up; a month without any bill stays NULL.
enterprises AS (
  SELECT
    uscc,
    -- months[1] is the last full month.
    [sum(usage) FILTER (age = 0), sum(usage) FILTER (age = 1), sum(usage) FILTER (age = 2), sum(usage) FILTER (age = 3),
     sum(usage) FILTER (age = 4), sum(usage) FILTER (age = 5), sum(usage) FILTER (age = 6), sum(usage) FILTER (age = 7),
     sum(usage) FILTER (age = 8), sum(usage) FILTER (age = 9), sum(usage) FILTER (age = 10), sum(usage) FILTER (age = 11),
     sum(usage) FILTER (age = 12), sum(usage) FILTER (age = 13), sum(usage) FILTER (age = 14), sum(usage) FILTER (age = 15),
     sum(usage) FILTER (age = 16), sum(usage) FILTER (age = 17), sum(usage) FILTER (age = 18), sum(usage) FILTER (age = 19),
     sum(usage) FILTER (age = 20), sum(usage) FILTER (age = 21), sum(usage) FILTER (age = 22), sum(usage) FILTER (age = 23),
     sum(usage) FILTER (age = 24), sum(usage) FILTER (age = 25)] AS months,
    count(*) FILTER (age BETWEEN 0 AND 11) AS bills,
    bit_count(bit_or(CASE WHEN age BETWEEN 0 AND 11 THEN 1::UINTEGER << age::UINTEGER ELSE 0 END)) AS billed_months,
    count(*) FILTER (age BETWEEN 0 AND 11 AND prepaid) AS prepaid_bills,
    bool_or(other_name) FILTER (age BETWEEN 0 AND 11) AS other_name,
    count(*) FILTER (due_age BETWEEN 0 AND 11) AS due_bills,
    count(*) FILTER (due_age BETWEEN 0 AND 11 AND days_late > 0) AS late_bills,
    sum(days_late) FILTER (due_age BETWEEN 0 AND 11 AND days_late > 0) AS late_days,
    bit_count(bit_or(CASE WHEN due_age BETWEEN 0 AND 11 AND days_late > 0 THEN 1::UINTEGER << due_age::UINTEGER ELSE 0 END)) AS late_months,
    bool_or(days_late > 30 AND settled_age BETWEEN 0 AND 11) FILTER (due_age IS NOT NULL) AS long_late,
    max(paid_date) AS last_paid
  FROM payments
  GROUP BY uscc
),
-- usage[1] is the last compared month, usage[24] the oldest; January and February levelled.
compared AS (
  SELECT
    enterprises.* EXCLUDE (months),
    CASE WHEN list_count(months[1:3]) = 3 THEN list_sum(months[1:3]) / 300 END AS avg_3m,
    CASE WHEN list_count(months[1:6]) = 6 THEN list_sum(months[1:6]) / 600 END AS avg_6m,
    february,
    months[1 + skipped:25 + skipped] AS months
  FROM enterprises, calendar
),
levelled AS (
  SELECT
    compared.* EXCLUDE (february, months),
    (months[1:february - 1]
      || [(months[february] + months[february + 1]) / 2, (months[february] + months[february + 1]) / 2]
      || months[february + 2:february + 11]
      || [(months[february + 12] + months[february + 13]) / 2, (months[february + 12] + months[february + 13]) / 2]
      || months[february + 14:24])[1:24] AS usage
  FROM compared
),
-- What all enterprises with twelve complete months used together, month by month: the seasons of this class.
season AS (
  SELECT
    [sum(usage[1]), sum(usage[2]), sum(usage[3]), sum(usage[4]), sum(usage[5]), sum(usage[6]),
     sum(usage[7]), sum(usage[8]), sum(usage[9]), sum(usage[10]), sum(usage[11]), sum(usage[12])] AS total
  FROM levelled
  WHERE list_count(usage[1:12]) = 12
  HAVING count(*) >= 30
),
-- A sum with 0 * x leaves out the months in which x is NULL.
matched AS (
  SELECT
    levelled.*,
    usage[1:12] AS year,
    list_transform(range(1, 13), lambda i: usage[i] + 0 * usage[i + 12]) AS paired,
    list_transform(range(1, 13), lambda i: usage[i + 12] + 0 * usage[i]) AS year_before,
    list_transform(range(1, 13), lambda i: total[i] + 0 * usage[i]) AS season,
    list_transform(range(1, 13), lambda i: i + 0 * usage[i]) AS ages,
    list_transform(range(1, 13), lambda i: ln(1 + greatest(usage[i], 0) / 100) + 0 * usage[i]) AS logs
  FROM levelled LEFT JOIN season ON true
),
sums AS (
  SELECT
    *,
    list_count(year) AS months,
    list_sum(year) / list_count(year) AS mean,
    list_count(year[1:3]) AS months_3m,
    list_sum(year[1:3]) AS sum_3m,
    list_sum(season[1:3]) AS season_3m,
    list_count(year[4:12]) AS months_before,
    list_sum(year[4:12]) AS sum_before,
    list_sum(season[4:12]) AS season_before,
    list_sum(ages) AS sum_age,
    list_sum(list_transform(ages, lambda x: x * x)) AS sum_age_squared,
    list_sum(logs) AS sum_log,
    list_sum(list_transform(range(1, 13), lambda i: i * logs[i])) AS sum_age_log
  FROM matched
)
SELECT
  uscc,
  avg_3m AS usage_avg_3m,
  avg_6m AS usage_avg_6m,
  CASE WHEN months > 0 THEN ln(1 + greatest(mean, 0) / 100) END AS log_usage_12m,
  CASE WHEN months_3m >= 2 AND list_count(year[1:6]) >= 4 AND list_sum(year[1:6]) > 0
    THEN (sum_3m / months_3m) / (list_sum(year[1:6]) / list_count(year[1:6])) - 1 END AS usage_ratio_3m_6m,
  CASE WHEN list_count(paired) >= 6 AND list_sum(year_before) > 0 THEN list_sum(paired) / list_sum(year_before) - 1 END AS usage_change_yoy,
  CASE
    WHEN list_count(paired[1:3]) >= 2 AND list_sum(year_before[1:3]) > 0 THEN list_sum(paired[1:3]) / list_sum(year_before[1:3]) - 1
    WHEN list_count(paired[1:3]) < 2 AND months_3m >= 2 AND months_before >= 3 AND sum_before > 0 AND season_3m > 0 AND season_before > 0
    THEN (sum_3m / season_3m) / (sum_before / season_before) - 1
  END AS usage_change_seasonal_3m,
  -- Least squares over (age, log of usage); ages count backwards.
  CASE WHEN months >= 6 THEN
    (sum_age * sum_log - months * sum_age_log) / (months * sum_age_squared - sum_age * sum_age) END AS usage_trend_12m,
  CASE WHEN months >= 6 AND mean > 0 THEN list_stddev_pop(year) / mean END AS usage_variation_12m,
  CASE WHEN months > 0 THEN len(list_filter(year, lambda x: x = 0)) END AS zero_months_12m,
  CASE WHEN list_max(year) > 0 THEN year[1] / list_max(year) END AS capacity_utilisation,
  billed_months AS billed_months_12m,
  CASE WHEN billed_months > 0 THEN bills / billed_months END AS accounts_12m,
  other_name::INTEGER AS name_mismatch,
  coalesce(owed, 0) AS arrears_yuan,
  coalesce(days, 0) AS arrears_days,
  coalesce(long_late, false)::INTEGER AS arrears_30d_12m,
  CASE WHEN due_bills > 0 THEN late_months END AS late_payments_12m,
  CASE WHEN due_bills > 0 THEN coalesce(late_days / late_bills, 0) END AS mean_days_late,
  getvariable('as_of') - last_paid AS days_since_payment,
  CASE WHEN bills > 0 THEN prepaid_bills / bills END AS prepaid_share_12m
FROM sums LEFT JOIN arrears USING (uscc)
