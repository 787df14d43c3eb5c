-- Features of a farming enterprise from its recognition as one, as known on the day as_of: the view holds no later recognition.
WITH clock AS (
  SELECT
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
entities AS (
  SELECT
    uscc,
    list_position(['农业产业化龙头企业', '农民专业合作社', '家庭农场', '农业社会化服务组织'], entity_kind) AS kind,
    list_position(['国家级', '省级', '市级', '县级', '无'], demonstration_level) AS level,
    area_mu,
    running_month - (year(recognised_date) * 12 + month(recognised_date)) - (day_of_month < day(recognised_date))::INTEGER AS age
  FROM farm_entity, clock
)
SELECT
  uscc,
  ['农业产业化龙头企业', '农民专业合作社', '家庭农场', '农业社会化服务组织'][min(kind)] AS entity_kind,
  ['国家级', '省级', '市级', '县级', '无'][min(level)] AS demonstration_level,
  ln(1 + max(area_mu)::DOUBLE) AS log_area_mu,
  max(age) AS months_since_recognition
FROM entities
GROUP BY uscc
