-- Features of an enterprise from its research projects, as known on the day as_of: the view holds no project that began later. The state of a
-- project carries no date of its own and is taken as it stands in the record.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
projects AS (
  SELECT
    uscc,
    list_position(['国家级', '省级', '市级', '县级'], project_level) AS level,
    coalesce(end_date, DATE '2099-12-31') >= as_of AND coalesce(project_state, '在研') = '在研' AS active,
    coalesce(project_state IN ('未通过验收', '终止'), false) AS failed,
    coalesce(project_state = '已验收', false) AS accepted,
    coalesce(funding_wan, 0) AS funding_wan,
    running_month - (year(start_date) * 12 + month(start_date)) - (day_of_month < day(start_date))::INTEGER AS age
  FROM rd_project, clock
)
SELECT
  uscc,
  count(*) AS projects,
  count(*) FILTER (active) AS projects_active,
  count(*) FILTER (age < 36) AS projects_36m,
  count(*) FILTER (accepted) AS projects_accepted,
  count(*) FILTER (failed) AS projects_failed,
  ln(1 + coalesce(sum(funding_wan) FILTER (age < 36), 0)::DOUBLE) AS log_funding_36m,
  ['国家级', '省级', '市级', '县级'][min(level)] AS highest_level,
  min(age) AS months_since_project
FROM projects
GROUP BY uscc
