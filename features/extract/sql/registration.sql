-- Features of an enterprise from the register of enterprises, as known on the day as_of: the view holds none established later. Status and
-- figures carry no date of their own and are taken as they stand in the record.
WITH clock AS (
  SELECT
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
)
SELECT
  uscc,
  running_month - (year(established_date) * 12 + month(established_date)) - (day_of_month < day(established_date))::INTEGER
    AS months_since_establishment,
  -- The section of GB/T 4754 is the same letter in both editions.
  CASE WHEN regexp_matches(industry_code, '^[A-T]') THEN industry_code[1] END AS industry,
  CASE WHEN region_code IN ('130900', '130901', '130902', '130903', '130921', '130922', '130923', '130924', '130925', '130926', '130927',
    '130928', '130929', '130930', '130971', '130972', '130973', '130981', '130982', '130983', '130984')
    THEN region_code ELSE '其他' END AS region,
  ln(1 + employees) AS log_employees,
  ln(1 + revenue_wan::DOUBLE) AS log_revenue_wan,
  ln(1 + assets_wan::DOUBLE) AS log_assets_wan,
  CASE WHEN employees > 0 THEN revenue_wan / employees END AS revenue_per_head,
  registration_status
FROM registration, clock
