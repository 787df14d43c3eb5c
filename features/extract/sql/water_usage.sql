-- Features of an enterprise from its water bills, as known on the day as_of: the view water_usage holds no later bill or payment.
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
  SELECT *, CASE WHEN full_month % 12 = 1 THEN full_month - 1 ELSE full_month END AS compared_month FROM clock
),
bills AS (
  SELECT
    uscc,
    water_account_no AS account,
    water_account_name <> enterprise_name AS other_name,
    full_month - (year(bill_month) * 12 + month(bill_month)) AS full_age,
    compared_month - (year(bill_month) * 12 + month(bill_month)) AS age,
    (usage_m3 * 100)::DOUBLE AS usage,
    amount_due_yuan AS due,
    CASE WHEN paid_date IS NULL THEN 0 ELSE coalesce(amount_paid_yuan, amount_due_yuan) END AS paid,
    due_date,
    paid_date,
    CASE WHEN coalesce(amount_paid_yuan, amount_due_yuan) >= amount_due_yuan THEN coalesce(paid_date, as_of) ELSE as_of END AS settled_date,
    as_of,
    running_month
  FROM water_usage, calendar
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
    [sum(usage) FILTER (full_age = 0), sum(usage) FILTER (full_age = 1), sum(usage) FILTER (full_age = 2),
     sum(usage) FILTER (full_age = 3), sum(usage) FILTER (full_age = 4), sum(usage) FILTER (full_age = 5)] AS full_months,
    [sum(usage) FILTER (age = 0), sum(usage) FILTER (age = 1), sum(usage) FILTER (age = 2), sum(usage) FILTER (age = 3),
     sum(usage) FILTER (age = 4), sum(usage) FILTER (age = 5), sum(usage) FILTER (age = 6), sum(usage) FILTER (age = 7),
     sum(usage) FILTER (age = 8), sum(usage) FILTER (age = 9), sum(usage) FILTER (age = 10), sum(usage) FILTER (age = 11),
     sum(usage) FILTER (age = 12), sum(usage) FILTER (age = 13), sum(usage) FILTER (age = 14), sum(usage) FILTER (age = 15),
     sum(usage) FILTER (age = 16), sum(usage) FILTER (age = 17), sum(usage) FILTER (age = 18), sum(usage) FILTER (age = 19),
     sum(usage) FILTER (age = 20), sum(usage) FILTER (age = 21), sum(usage) FILTER (age = 22), sum(usage) FILTER (age = 23),
     sum(usage) FILTER (age = 24)] AS months,
    count(*) FILTER (full_age BETWEEN 0 AND 11) AS bills,
    bit_count(bit_or(CASE WHEN full_age BETWEEN 0 AND 11 THEN 1::UINTEGER << full_age::UINTEGER ELSE 0 END)) AS billed_months,
    bool_or(other_name) FILTER (full_age BETWEEN 0 AND 11) AS other_name,
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
levelled AS (
  SELECT
    enterprises.* EXCLUDE (full_months, months),
    CASE WHEN list_count(full_months[1:3]) = 3 THEN list_sum(full_months[1:3]) / 300 END AS avg_3m,
    CASE WHEN list_count(full_months) = 6 THEN list_sum(full_months) / 600 END AS avg_6m,
    list_transform(range(1, 25), lambda i: CASE (compared_month - i + 1) % 12
      WHEN 1 THEN (months[i] + months[i - 1]) / 2
      WHEN 2 THEN (months[i] + months[i + 1]) / 2
      ELSE months[i] END) AS usage
  FROM enterprises, calendar
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
matched AS (
  SELECT
    levelled.*,
    total,
    list_filter(range(1, 13), lambda i: usage[i] IS NOT NULL) AS present,
    list_filter(range(1, 13), lambda i: usage[i] IS NOT NULL AND usage[i + 12] IS NOT NULL) AS paired
  FROM levelled LEFT JOIN season ON true
),
sums AS (
  SELECT
    *,
    len(present) AS months,
    list_sum(usage[1:12]) / len(present) AS mean,
    list_count(usage[1:3]) AS months_3m,
    list_sum(usage[1:3]) AS sum_3m,
    list_count(usage[1:6]) AS months_6m,
    list_sum(usage[1:6]) AS sum_6m,
    len(paired) AS pairs,
    list_sum(list_transform(paired, lambda i: usage[i])) AS this_year,
    list_sum(list_transform(paired, lambda i: usage[i + 12])) AS year_before,
    len(list_filter(paired, lambda i: i <= 3)) AS pairs_3m,
    list_sum(list_transform(list_filter(paired, lambda i: i <= 3), lambda i: usage[i])) AS this_year_3m,
    list_sum(list_transform(list_filter(paired, lambda i: i <= 3), lambda i: usage[i + 12])) AS year_before_3m,
    list_sum(list_transform(list_filter(present, lambda i: i <= 3), lambda i: total[i])) AS season_3m,
    len(list_filter(present, lambda i: i > 3)) AS months_before,
    list_sum(usage[4:12]) AS sum_before,
    list_sum(list_transform(list_filter(present, lambda i: i > 3), lambda i: total[i])) AS season_before,
    -- Least squares over (month, log of usage), months counted forwards.
    list_sum(present) / len(present) AS mean_month,
    list_transform(present, lambda i: ln(1 + greatest(usage[i], 0) / 100)) AS logs
  FROM matched
)
SELECT
  uscc,
  avg_3m AS usage_avg_3m,
  avg_6m AS usage_avg_6m,
  CASE WHEN months > 0 THEN ln(1 + greatest(mean, 0) / 100) END AS log_usage_12m,
  CASE WHEN months_3m >= 2 AND months_6m >= 4 AND sum_6m > 0
    THEN (sum_3m / months_3m) / (sum_6m / months_6m) - 1 END AS usage_ratio_3m_6m,
  CASE WHEN pairs >= 6 AND year_before > 0 THEN this_year / year_before - 1 END AS usage_change_yoy,
  CASE
    WHEN pairs_3m >= 2 AND year_before_3m > 0 THEN this_year_3m / year_before_3m - 1
    WHEN pairs_3m < 2 AND months_3m >= 2 AND months_before >= 3 AND sum_before > 0 AND season_3m > 0 AND season_before > 0
    THEN (sum_3m / season_3m) / (sum_before / season_before) - 1
  END AS usage_change_seasonal_3m,
  CASE WHEN months >= 6 THEN
    list_sum(list_transform(present, lambda i, n: (mean_month - i) * logs[n]))
    / list_sum(list_transform(present, lambda i: (mean_month - i) * (mean_month - i))) END AS usage_trend_12m,
  CASE WHEN months >= 6 AND mean > 0 THEN
    sqrt(list_sum(list_transform(present, lambda i: (usage[i] - mean) * (usage[i] - mean))) / months) / mean END AS usage_variation_12m,
  CASE WHEN months > 0 THEN len(list_filter(present, lambda i: usage[i] = 0)) END AS zero_months_12m,
  CASE WHEN list_max(usage[1:12]) > 0 THEN usage[1] / list_max(usage[1:12]) END AS capacity_utilisation,
  billed_months AS billed_months_12m,
  CASE WHEN billed_months > 0 THEN bills / billed_months END AS accounts_12m,
  other_name::INTEGER AS name_mismatch,
  coalesce(owed, 0) AS arrears_yuan,
  coalesce(days, 0) AS arrears_days,
  coalesce(long_late, false)::INTEGER AS arrears_30d_12m,
  CASE WHEN due_bills > 0 THEN late_months END AS late_payments_12m,
  CASE WHEN due_bills > 0 THEN coalesce(late_days / late_bills, 0) END AS mean_days_late,
  getvariable('as_of') - last_paid AS days_since_payment
FROM sums LEFT JOIN arrears USING (uscc)
