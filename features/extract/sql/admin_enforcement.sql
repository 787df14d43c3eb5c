-- Features of an enterprise from administrative enforcement against it, as known on the day as_of: the view holds no later measure.
WITH clock AS (
  SELECT
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
measures AS (
  SELECT
    uscc,
    -- Measures that take hold of property or money.
    coalesce(enforcement_method IN ('查封', '扣押', '冻结', '划拨', '拍卖'), false) AS on_property,
    running_month - (year(enforcement_date) * 12 + month(enforcement_date)) - (day_of_month < day(enforcement_date))::INTEGER AS age
  FROM admin_enforcement, clock
)
SELECT
  uscc,
  (count(*) FILTER (age < 36) > 0)::INTEGER AS enforced,
  count(*) FILTER (age < 12) AS enforcements_12m,
  count(*) FILTER (age < 36) AS enforcements_36m,
  count(*) FILTER (age < 36 AND on_property) AS property_enforcements_36m,
  min(age) AS months_since_enforcement
FROM measures
GROUP BY uscc
