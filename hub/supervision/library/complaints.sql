-- 投诉 K · terms of complaints, in working days by the calendar of the complaint's region. A term counts from the day after it
-- began through the day on which it was met; what is not met yet, through the day that is judged. COALESCE(k.scope, …) is
-- k.scope: it keeps SQLite from walking the whole calendar of a scope before it knows the day.

-- rule: K1
WITH counted AS (
  SELECT s.scope_id, s.as_of_at, s.subject, s.ref, t.ordinal, k.day AS started_on, k.workday_number AS from_w, k.strict_number AS from_s,
    k.scope, ke.workday_number AS until_w, ke.strict_number AS until_s, a.handler, :workdays AS limit_w
  FROM {units} s
  JOIN complaint a ON a.complaint_id = s.ref
  JOIN complaint_term t ON t.complaint_id = s.ref AND t.kind = 'first' AND t.opened_at < s.as_of_at
  {regions}
  JOIN work_calendar k ON k.scope = {calendar} AND k.day = t.started_day
  JOIN work_calendar ke ON ke.scope = COALESCE(k.scope, s.subject)
    AND ke.day = CASE WHEN t.ended_at < s.as_of_at THEN t.ended_day ELSE s.as_of_day END
)
SELECT c.scope_id, CASE WHEN c.ordinal = 1 THEN c.subject ELSE c.subject || ' #' || c.ordinal END AS subject,
  c.until_w - c.from_w AS used, c.limit_w AS limit_value, c.until_w - c.from_w - c.limit_w AS excess, 'W' AS unit,
  kd.day_number AS due_n, c.handler, @json('complaint', c.ref, 'ordinal', c.ordinal) AS evidence,
  CASE WHEN c.until_s - c.from_s > c.limit_w AND kd.strict_number - c.from_s >= c.limit_w THEN 0 ELSE 1 END AS provisional
FROM counted c
LEFT JOIN work_calendar kd ON kd.scope = c.scope AND kd.is_workday = 1 AND kd.workday_number = c.from_w + c.limit_w
WHERE c.until_w - c.from_w > c.limit_w

-- rule: K2
WITH counted AS (
  SELECT s.scope_id, s.as_of_at, s.subject, s.ref, t.ordinal, k.day AS started_on, k.workday_number AS from_w, k.strict_number AS from_s,
    k.scope, ke.workday_number AS until_w, ke.strict_number AS until_s, a.handler, @greatest(:workdays, CASE WHEN t.extended_at < s.as_of_at
      THEN @least(:workdays + t.extended_by, :longest) ELSE 0 END) AS limit_w
  FROM {units} s
  JOIN complaint a ON a.complaint_id = s.ref
  JOIN complaint_term t ON t.complaint_id = s.ref AND t.kind = 'own' AND t.opened_at < s.as_of_at
  {regions}
  JOIN work_calendar k ON k.scope = {calendar} AND k.day = t.started_day
  JOIN work_calendar ke ON ke.scope = COALESCE(k.scope, s.subject)
    AND ke.day = CASE WHEN t.ended_at < s.as_of_at THEN t.ended_day ELSE s.as_of_day END
)
SELECT c.scope_id, CASE WHEN c.ordinal = 1 THEN c.subject ELSE c.subject || ' #' || c.ordinal END AS subject,
  c.until_w - c.from_w AS used, c.limit_w AS limit_value, c.until_w - c.from_w - c.limit_w AS excess, 'W' AS unit,
  kd.day_number AS due_n, c.handler, @json('complaint', c.ref, 'ordinal', c.ordinal) AS evidence,
  CASE WHEN c.until_s - c.from_s > c.limit_w AND kd.strict_number - c.from_s >= c.limit_w THEN 0 ELSE 1 END AS provisional
FROM counted c
LEFT JOIN work_calendar kd ON kd.scope = c.scope AND kd.is_workday = 1 AND kd.workday_number = c.from_w + c.limit_w
WHERE c.until_w - c.from_w > c.limit_w

-- rule: K3
WITH counted AS (
  SELECT s.scope_id, s.as_of_at, s.subject, s.ref, t.ordinal, k.day AS started_on, k.workday_number AS from_w, k.strict_number AS from_s,
    k.scope, ke.workday_number AS until_w, ke.strict_number AS until_s, a.handler, :workdays AS limit_w
  FROM {units} s
  JOIN complaint a ON a.complaint_id = s.ref
  JOIN complaint_term t ON t.complaint_id = s.ref AND t.kind = 'transfer' AND t.opened_at < s.as_of_at
  {regions}
  JOIN work_calendar k ON k.scope = {calendar} AND k.day = t.started_day
  JOIN work_calendar ke ON ke.scope = COALESCE(k.scope, s.subject)
    AND ke.day = CASE WHEN t.ended_at < s.as_of_at THEN t.ended_day ELSE s.as_of_day END
)
SELECT c.scope_id, CASE WHEN c.ordinal = 1 THEN c.subject ELSE c.subject || ' #' || c.ordinal END AS subject,
  c.until_w - c.from_w AS used, c.limit_w AS limit_value, c.until_w - c.from_w - c.limit_w AS excess, 'W' AS unit,
  kd.day_number AS due_n, c.handler, @json('complaint', c.ref, 'ordinal', c.ordinal) AS evidence,
  CASE WHEN c.until_s - c.from_s > c.limit_w AND kd.strict_number - c.from_s >= c.limit_w THEN 0 ELSE 1 END AS provisional
FROM counted c
LEFT JOIN work_calendar kd ON kd.scope = c.scope AND kd.is_workday = 1 AND kd.workday_number = c.from_w + c.limit_w
WHERE c.until_w - c.from_w > c.limit_w

-- rule: K4
WITH counted AS (
  SELECT s.scope_id, s.as_of_at, s.subject, s.ref, t.ordinal, k.day AS started_on, k.workday_number AS from_w, k.strict_number AS from_s,
    k.scope, ke.workday_number AS until_w, ke.strict_number AS until_s, a.handler, :workdays + CASE WHEN t.extended_at < s.as_of_at THEN t.extended_by ELSE 0 END AS limit_w
  FROM {units} s
  JOIN complaint a ON a.complaint_id = s.ref
  JOIN complaint_term t ON t.complaint_id = s.ref AND t.kind = 'feedback' AND t.opened_at < s.as_of_at
  {regions}
  JOIN work_calendar k ON k.scope = {calendar} AND k.day = t.started_day
  JOIN work_calendar ke ON ke.scope = COALESCE(k.scope, s.subject)
    AND ke.day = CASE WHEN t.ended_at < s.as_of_at THEN t.ended_day ELSE s.as_of_day END
)
SELECT c.scope_id, CASE WHEN c.ordinal = 1 THEN c.subject ELSE c.subject || ' #' || c.ordinal END AS subject,
  c.until_w - c.from_w AS used, c.limit_w AS limit_value, c.until_w - c.from_w - c.limit_w AS excess, 'W' AS unit,
  kd.day_number AS due_n, c.handler, @json('complaint', c.ref, 'ordinal', c.ordinal) AS evidence,
  CASE WHEN c.until_s - c.from_s > c.limit_w AND kd.strict_number - c.from_s >= c.limit_w THEN 0 ELSE 1 END AS provisional
FROM counted c
LEFT JOIN work_calendar kd ON kd.scope = c.scope AND kd.is_workday = 1 AND kd.workday_number = c.from_w + c.limit_w
WHERE c.until_w - c.from_w > c.limit_w
