-- Features of an enterprise from its administrative penalties whose publication still runs on the day as_of. A penalty that was repaired, or
-- whose publication has ended, leaves every feature; an enterprise without any other is not held at all.
WITH clock AS (
  SELECT
    getvariable('as_of') AS as_of,
    year(getvariable('as_of')) * 12 + month(getvariable('as_of')) AS running_month,
    day(getvariable('as_of')) AS day_of_month
),
kinds AS (
  SELECT
    uscc,
    as_of,
    penalty_decision_date AS decided,
    publication_end_date AS published_to,
    coalesce(fine_amount_wan, 0) AS fine_wan,
    coalesce(confiscated_amount_wan, 0) AS confiscated_wan,
    string_split(coalesce(penalty_category, ''), ';') AS categories,
    revoked_cert IS NOT NULL AS certificate,
    running_month - (year(penalty_decision_date) * 12 + month(penalty_decision_date))
      - (day_of_month < day(penalty_decision_date))::INTEGER AS age
  FROM admin_penalty, clock
),
-- Serious: revocation, closure, ban from an occupation, detention, or a fine of at least 100 wan yuan. Minor: nothing but a warning or
-- criticism, or a fine of at most 0.3 wan yuan, the limit of the simple procedure. Ordinary: everything else, also what says too little.
graded AS (
  SELECT
    *,
    CASE
      WHEN list_has_any(categories, ['吊销许可证件', '限制从业', '责令关闭', '行政拘留']) OR fine_wan >= 100 THEN 'serious'
      WHEN list_has_all(['警告', '通报批评', '罚款'], categories) AND fine_wan <= 0.3 AND confiscated_wan = 0 AND NOT certificate THEN 'minor'
      ELSE 'ordinary'
    END AS severity
  FROM kinds
),
-- Rule packs, by the day of the decision. NDRC Order 58, until 2026-03-31: at most three years. Order 36, from 2026-04-01: serious three
-- years, ordinary one, minor three months and only where a day of publication is named. A day named earlier, such as after repair, ends it earlier.
terms AS (
  SELECT
    *,
    least(
      CASE
        WHEN decided < DATE '2026-04-01' OR severity = 'serious' THEN (decided + INTERVAL 3 YEAR)::DATE
        WHEN severity = 'ordinary' THEN (decided + INTERVAL 1 YEAR)::DATE
        WHEN published_to IS NULL THEN decided
        ELSE (decided + INTERVAL 3 MONTH)::DATE
      END,
      coalesce(published_to, DATE '9999-12-31')
    ) AS term_end
  FROM graded
)
SELECT
  uscc,
  count(*) AS penalties_in_term,
  count(*) FILTER (severity = 'minor') AS minor_penalties_in_term,
  count(*) FILTER (severity = 'ordinary') AS ordinary_penalties_in_term,
  count(*) FILTER (severity = 'serious') AS serious_penalties_in_term,
  count(*) FILTER (age < 12) AS penalties_12m,
  count(*) FILTER (age < 24) AS penalties_24m,
  count(*) FILTER (age < 36) AS penalties_36m,
  ln(1 + coalesce(sum(fine_wan) FILTER (age < 36), 0)::DOUBLE * 10000) AS log_fine,
  ln(1 + coalesce(sum(confiscated_wan) FILTER (age < 36), 0)::DOUBLE * 10000) AS log_confiscated,
  CASE
    WHEN bool_or(severity = 'serious') THEN 'serious'
    WHEN bool_or(severity = 'ordinary') THEN 'ordinary'
    ELSE 'minor'
  END AS severity,
  bool_or(certificate)::INTEGER AS certificate_withdrawn,
  min(age) AS months_since_penalty
FROM terms
WHERE as_of < term_end
GROUP BY uscc
