-- Features of a lender's own account of an enterprise, as known on the day as_of.
WITH months AS (
  SELECT
    uscc,
    (year(getvariable('as_of')) - year(account_month)) * 12 + month(getvariable('as_of')) - month(account_month) AS age,
    inflow_yuan::DOUBLE AS inflow,
    average_balance_yuan::DOUBLE AS balance,
    returned_items,
    overdue_days
  FROM bank_account
),
enterprises AS (
  SELECT
    uscc,
    count(*) FILTER (age BETWEEN 0 AND 11) AS months,
    sum(inflow) FILTER (age BETWEEN 0 AND 11) AS inflow,
    sum(balance) FILTER (age BETWEEN 0 AND 11) AS balance,
    sum(returned_items) FILTER (age BETWEEN 0 AND 11) AS returned,
    max(overdue_days) FILTER (age BETWEEN 0 AND 11) AS overdue,
    count(*) FILTER (age BETWEEN 0 AND 2) AS last_months,
    sum(inflow) FILTER (age BETWEEN 0 AND 2) AS last_inflow,
    count(*) FILTER (age BETWEEN 12 AND 14) AS earlier_months,
    sum(inflow) FILTER (age BETWEEN 12 AND 14) AS earlier_inflow
  FROM months
  GROUP BY uscc
)
SELECT
  uscc,
  CASE WHEN months > 0 THEN ln(1 + inflow / months) END AS log_inflow_12m,
  CASE WHEN last_months = 3 AND earlier_months = 3 AND earlier_inflow > 0 THEN last_inflow / earlier_inflow - 1 END AS inflow_change_3m,
  CASE WHEN inflow > 0 THEN balance / inflow END AS balance_to_inflow,
  returned AS returned_items_12m,
  overdue AS overdue_days_12m
FROM enterprises
