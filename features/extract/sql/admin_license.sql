-- Features of an enterprise from its administrative permits, as known on the day as_of: the view holds no later decision.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
permits AS (
  SELECT
    uscc,
    as_of,
    license_category AS category,
    coalesce(license_valid_to, DATE '2099-12-31') AS valid_to,
    coalesce(license_valid_from, license_decision_date) <= as_of
      AND coalesce(license_valid_to, DATE '2099-12-31') >= as_of
      AND coalesce(license_status, '有效') = '有效' AS in_force,
    -- Whole months since the decision.
    running_month - (year(license_decision_date) * 12 + month(license_decision_date))
      - (day_of_month < day(license_decision_date))::INTEGER AS age
  FROM admin_license, clock
)
SELECT
  uscc,
  count(*) FILTER (in_force) AS licences_in_force,
  count(*) FILTER (in_force AND valid_to <= as_of + 90) AS licences_expiring_90d,
  count(*) FILTER (valid_to < as_of AND valid_to >= as_of - 365) AS licences_expired_12m,
  count(*) FILTER (age < 12) AS licences_granted_12m,
  count(DISTINCT category) FILTER (in_force) AS licence_kinds_in_force,
  max(age) AS months_since_first_licence,
  min(age) AS months_since_last_licence
FROM permits
GROUP BY uscc
