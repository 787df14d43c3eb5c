-- Features of an enterprise from its registered real estate, as known on the day as_of: the view holds no later registration. Mortgage and
-- seizure carry no date of their own and are taken as they stand in the record.
WITH clock AS (
  SELECT
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
properties AS (
  SELECT
    uscc,
    (area_m2 * 100)::DOUBLE AS area,
    mortgage_state = '已抵押' AS mortgaged,
    seizure_state = '已查封' AS seized,
    coalesce(property_use IN ('工业', '仓储'), false) AS productive,
    running_month - (year(registered_date) * 12 + month(registered_date)) - (day_of_month < day(registered_date))::INTEGER AS age
  FROM real_estate, clock
)
SELECT
  uscc,
  count(*) AS properties,
  ln(1 + sum(area) / 100) AS log_area,
  coalesce(sum(area) FILTER (mortgaged), 0) / sum(area) AS mortgaged_share,
  coalesce(sum(area) FILTER (productive), 0) / sum(area) AS productive_share,
  bool_or(seized)::INTEGER AS seized,
  max(age) AS months_since_first_property
FROM properties
GROUP BY uscc
