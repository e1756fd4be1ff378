-- 公开 G · what must be public, by what the organisations report (docs/catalogue.md, disclosures). Whoever reports nothing of a kind
-- is not judged by it. Of several versions of a publication the newest counts; what was published after T is not known.

-- rule: G1
-- The item version in force whose guide is not public once its term is over. A guide that names no version is that of every version.
WITH due AS (
  SELECT s.scope_id, s.as_of_day, v.item_code, v.version, v.org_uscc, v.valid_from,
    (SELECT MAX(o.region_code) FROM organization o WHERE o.org_uscc = v.org_uscc AND o.version = (
      SELECT MAX(n.version) FROM organization n WHERE n.org_uscc = o.org_uscc)) AS region_code
  FROM {units} s
  JOIN service_item v ON v.item_code = s.item_code AND v.version = s.item_version AND v.state = 'in_force' AND v.is_exempt = 0
    AND (v.valid_from IS NULL OR v.valid_from <= s.as_of_day) AND (v.valid_to IS NULL OR v.valid_to >= s.as_of_day)
  JOIN (SELECT DISTINCT d.org_uscc FROM disclosure d WHERE d.matter = 'guide') r ON r.org_uscc = v.org_uscc
  WHERE NOT EXISTS (SELECT 1 FROM service_item w WHERE w.item_code = v.item_code AND w.version > v.version
    AND (w.valid_from IS NULL OR w.valid_from <= s.as_of_day) AND (w.valid_to IS NULL OR w.valid_to >= s.as_of_day))
)
SELECT a.scope_id, kt.workday_number - kf.workday_number AS used, CASE WHEN kf.day IS NULL THEN NULL ELSE :workdays END AS limit_value,
  kt.workday_number - kf.workday_number - :workdays AS excess, CASE WHEN kf.day IS NULL THEN NULL ELSE 'W' END AS unit,
  kd.day_number AS due_n, @json('item', a.item_code, 'version', a.version, 'organization', a.org_uscc) AS evidence,
  CASE WHEN kf.day IS NULL OR (kt.strict_number - kf.strict_number > :workdays
    AND kd.strict_number - kf.strict_number = kd.workday_number - kf.workday_number) THEN 0 ELSE 1 END AS provisional
FROM due a
{regions}
JOIN work_calendar kt ON kt.scope = {calendar} AND kt.day = a.as_of_day
LEFT JOIN work_calendar kf ON kf.scope = {calendar} AND kf.day = a.valid_from
LEFT JOIN work_calendar kd ON kd.scope = {calendar} AND kd.workday_number = kf.workday_number + :workdays AND kd.is_workday = 1
WHERE (kf.day IS NULL OR kt.workday_number - kf.workday_number > :workdays) AND NOT EXISTS (
  SELECT 1 FROM disclosure d WHERE d.item_code = a.item_code AND d.org_uscc = a.org_uscc AND d.matter = 'guide'
    AND (d.of_version IS NULL OR d.of_version = a.version) AND d.published_on <= a.as_of_day
    AND (d.valid_to IS NULL OR d.valid_to >= a.as_of_day)
    AND d.version = (SELECT MAX(n.version) FROM disclosure n WHERE n.org_uscc = d.org_uscc AND n.index_no = d.index_no))

-- not judged: G1
-- Asked in this order, the dear question last: a hub that is told of no publications asks it of no item.
SELECT s.scope_id, CASE WHEN v.item_code IS NULL THEN 'item_unknown' WHEN v.is_exempt = 1 THEN 'exempt'
  WHEN r.org_uscc IS NULL THEN 'not_reported' ELSE 'not_in_force' END AS reason
FROM {units} s
LEFT JOIN service_item v ON v.item_code = s.item_code AND v.version = s.item_version AND v.state = 'in_force'
LEFT JOIN (SELECT DISTINCT d.org_uscc FROM disclosure d WHERE d.matter = 'guide') r ON r.org_uscc = v.org_uscc
WHERE v.item_code IS NULL OR v.is_exempt = 1 OR r.org_uscc IS NULL OR v.valid_from > s.as_of_day OR v.valid_to < s.as_of_day
  OR EXISTS (SELECT 1 FROM service_item w WHERE w.item_code = v.item_code AND w.version > v.version
    AND (w.valid_from IS NULL OR w.valid_from <= s.as_of_day) AND (w.valid_to IS NULL OR w.valid_to >= s.as_of_day))

-- rule: G2
-- The first publication of a version's guide came after its term.
WITH told AS (
  SELECT s.scope_id, v.item_code, v.version, v.org_uscc, v.valid_from, MIN(d.published_on) AS published_on,
    (SELECT MAX(o.region_code) FROM organization o WHERE o.org_uscc = v.org_uscc AND o.version = (
      SELECT MAX(n.version) FROM organization n WHERE n.org_uscc = o.org_uscc)) AS region_code
  FROM {units} s
  JOIN service_item v ON v.item_code = s.item_code AND v.version = s.item_version AND v.state = 'in_force' AND v.is_exempt = 0
  JOIN disclosure d ON d.item_code = v.item_code AND d.org_uscc = v.org_uscc AND d.matter = 'guide'
    AND (d.of_version IS NULL OR d.of_version = v.version) AND d.published_on <= s.as_of_day
    AND d.version = (SELECT MAX(n.version) FROM disclosure n WHERE n.org_uscc = d.org_uscc AND n.index_no = d.index_no)
  WHERE v.valid_from IS NOT NULL
  GROUP BY s.scope_id, v.item_code, v.version, v.org_uscc, v.valid_from
)
SELECT a.scope_id, kp.workday_number - kf.workday_number AS used, :workdays AS limit_value,
  kp.workday_number - kf.workday_number - :workdays AS excess, 'W' AS unit, kd.day_number AS due_n,
  @json('item', a.item_code, 'version', a.version, 'organization', a.org_uscc) AS evidence,
  CASE WHEN kp.strict_number - kf.strict_number > :workdays
    AND kd.strict_number - kf.strict_number = kd.workday_number - kf.workday_number THEN 0 ELSE 1 END AS provisional
FROM told a
{regions}
JOIN work_calendar kf ON kf.scope = {calendar} AND kf.day = a.valid_from
JOIN work_calendar kp ON kp.scope = {calendar} AND kp.day = a.published_on
JOIN work_calendar kd ON kd.scope = {calendar} AND kd.workday_number = kf.workday_number + :workdays AND kd.is_workday = 1
WHERE kp.workday_number - kf.workday_number > :workdays

-- not judged: G2
SELECT s.scope_id, CASE WHEN v.item_code IS NULL THEN 'item_unknown' WHEN v.is_exempt = 1 THEN 'exempt'
  WHEN r.org_uscc IS NULL THEN 'not_reported' WHEN v.valid_from IS NULL THEN 'start_unknown' ELSE 'not_published' END AS reason
FROM {units} s
LEFT JOIN service_item v ON v.item_code = s.item_code AND v.version = s.item_version AND v.state = 'in_force'
LEFT JOIN (SELECT DISTINCT d.org_uscc FROM disclosure d WHERE d.matter = 'guide') r ON r.org_uscc = v.org_uscc
WHERE v.item_code IS NULL OR v.is_exempt = 1 OR r.org_uscc IS NULL OR v.valid_from IS NULL OR NOT EXISTS (
  SELECT 1 FROM disclosure d WHERE d.item_code = v.item_code AND d.org_uscc = v.org_uscc AND d.matter = 'guide'
    AND (d.of_version IS NULL OR d.of_version = v.version) AND d.published_on <= s.as_of_day
    AND d.version = (SELECT MAX(n.version) FROM disclosure n WHERE n.org_uscc = d.org_uscc AND n.index_no = d.index_no))

-- cases: G3
-- Approvals of the month whose term for publishing is over; `hit` 1: by its end the result was not public. The days of a month share
-- their terms, so these are counted once for each day and calendar, not for each case: `over_day` is the first day behind the term.
WITH term AS (
  SELECT u.as_of_day, c.calendar, c.completed_day, ko.day AS over_day
  FROM (SELECT DISTINCT t.calendar, t.completed_day FROM {told} t WHERE t.result = '0') c
  JOIN (SELECT DISTINCT s.as_of_day FROM {units} s) u ON 1 = 1
  JOIN work_calendar kc ON kc.scope = c.calendar AND kc.day = c.completed_day
  JOIN work_calendar kt ON kt.scope = c.calendar AND kt.day = u.as_of_day
  JOIN work_calendar ko ON ko.scope = c.calendar AND ko.workday_number = kc.workday_number + :workdays + 1 AND ko.is_workday = 1
  WHERE kt.strict_number - kc.strict_number > :workdays
)
SELECT w.window_id, w.scope_id, @concat(w.subject, @concat(' ', a.org_uscc)) AS subject, t.case_id,
  CASE WHEN EXISTS (
    SELECT 1 FROM disclosure d
    WHERE d.case_no = h.case_no AND d.org_uscc = a.org_uscc AND d.matter = 'result' AND d.published_on < e.over_day
      AND d.version = (SELECT MAX(n.version) FROM disclosure n WHERE n.org_uscc = d.org_uscc AND n.index_no = d.index_no)
  ) THEN 0 ELSE 1 END AS hit, :percent AS percent
FROM {windows} w
JOIN {units} s ON s.scope_id = w.scope_id
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number AND t.result = '0'
JOIN approval_case a ON a.case_id = t.case_id AND a.item_type = '01'
JOIN case_head h ON h.id = t.case_id
JOIN (SELECT d.org_uscc, MIN(d.published_on) AS since FROM disclosure d WHERE d.matter = 'result' GROUP BY d.org_uscc) r
  ON r.org_uscc = a.org_uscc AND r.since <= t.completed_day
JOIN term e ON e.as_of_day = s.as_of_day AND e.calendar = t.calendar AND e.completed_day = t.completed_day
WHERE NOT EXISTS (
  SELECT 1 FROM service_item i WHERE i.item_code = t.item_code AND i.is_exempt = 1
    AND (i.valid_from IS NULL OR i.valid_from <= t.completed_day) AND (i.valid_to IS NULL OR i.valid_to >= t.completed_day))

-- rule: G3
{share}

-- not judged: G3
SELECT w.scope_id, CASE WHEN w.window_id NOT IN (SELECT b.window_id FROM {behind} b)
  AND EXISTS (SELECT 1 FROM {told} t WHERE t.system = w.system AND t.c_month = w.month_number AND t.result = '0'
    AND t.org_uscc NOT IN (SELECT d.org_uscc FROM disclosure d WHERE d.matter = 'result'))
  THEN 'not_reported' ELSE 'too_few_cases' END AS reason
FROM {windows} w
WHERE w.window_id NOT IN (SELECT b.window_id FROM {behind} b GROUP BY b.window_id, b.subject HAVING COUNT(*) >= :cases)
