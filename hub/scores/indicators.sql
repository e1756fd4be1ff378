-- The rows behind every indicator. One row is one thing that counts: `num` 1 or 0, `den` 1 or 0; both null where it could not
-- be judged, with `reason`. A mean has `value` instead of `num`. `weight` (1 if left out) is how many things a row stands for.
-- {p}fact holds the cases under way in the period (working.sql); {case} is what a row tells of its case.
-- Days from :from_day to :to_day, both inclusive; instants from :from_at on, before :to_at; what was known before :as_of_at.

-- indicator: item_entry
SELECT 'item' AS kind, i.item_code AS subject, i.item_code AS item, i.org_uscc AS organization, i.org_name AS organization_name,
  o.region_code AS region, CASE WHEN e.code IS NULL THEN 0 ELSE 1 END AS num, 1 AS den
FROM {items} i
LEFT JOIN {organizations} o ON o.org_uscc = i.org_uscc
LEFT JOIN (
  SELECT a.item_code AS code FROM {exchanged} UNION SELECT a.handle_item_code FROM {exchanged}
) e ON e.code = i.item_code
WHERE i.is_exempt = 0

-- indicator: online_available
SELECT 'item' AS kind, i.item_code AS subject, i.item_code AS item, i.org_uscc AS organization, i.org_name AS organization_name,
  o.region_code AS region, CASE WHEN i.online_depth IN ('apply', 'whole') THEN 1 WHEN i.online_depth = 'none' THEN 0 END AS num,
  CASE WHEN i.online_depth IS NOT NULL THEN 1 END AS den,
  CASE WHEN i.online_depth IS NULL THEN 'depth_not_given' END AS reason
FROM {items} i
LEFT JOIN {organizations} o ON o.org_uscc = i.org_uscc
WHERE i.is_exempt = 0

-- indicator: promise_compression
SELECT x.*, CASE WHEN x.reason IS NULL THEN 1 END AS den,
  CASE WHEN x.reason IS NULL THEN 100 - 100.0 * x.promised / x.statutory END AS value
FROM (
  SELECT 'item' AS kind, i.item_code AS subject, i.item_code AS item, i.org_uscc AS organization,
    i.org_name AS organization_name, o.region_code AS region, i.promised_limit AS promised, i.statutory_limit AS statutory,
    CASE WHEN COALESCE(i.promised_limit, 0) <= 0 OR COALESCE(i.statutory_limit, 0) <= 0 THEN 'limit_not_given'
      WHEN COALESCE(i.promised_limit_unit, 'W') <> COALESCE(i.statutory_limit_unit, 'W') THEN 'units_differ' END AS reason
  FROM {items} i
  LEFT JOIN {organizations} o ON o.org_uscc = i.org_uscc
) x

-- indicator: online_handled
SELECT {case}, {accepter}, c.handled_at AS at, c.handled_day AS day,
  CASE WHEN c.barred IS NULL THEN CASE WHEN c.channel IN ('2', '3') THEN 1 WHEN c.channel IS NOT NULL THEN 0 END END AS num,
  CASE WHEN c.barred IS NULL AND c.channel IS NOT NULL THEN 1 END AS den,
  COALESCE(c.barred, CASE WHEN c.channel IS NULL THEN 'channel_not_given' END) AS reason
FROM {p}fact c
WHERE c.status = '1' AND c.handled_day BETWEEN :from_day AND :to_day

-- indicator: on_time
-- What is overdue and unfinished counts on the last day that is judged.
SELECT {case}, {finisher}, c.completed_at AS at, COALESCE(c.completed_day, :as_of_day) AS day,
  CASE WHEN c.barred IS NULL AND c.unlimited IS NULL THEN CASE WHEN c.finished = 1 AND c.late <= 0 THEN 1 ELSE 0 END END AS num,
  CASE WHEN c.barred IS NULL AND c.unlimited IS NULL THEN 1 END AS den,
  COALESCE(c.barred, c.unlimited) AS reason
FROM {p}fact c
WHERE (c.finished = 1 AND c.completed_day BETWEEN :from_day AND :to_day) OR (c.finished = 0 AND c.late > 0)

-- indicator: early
SELECT {case}, {finisher}, c.completed_at AS at, c.completed_day AS day,
  CASE WHEN c.barred IS NULL AND c.unlimited IS NULL THEN c.early END AS num,
  CASE WHEN c.barred IS NULL AND c.unlimited IS NULL THEN 1 END AS den,
  COALESCE(c.barred, c.unlimited) AS reason
FROM {p}fact c
WHERE c.finished = 1 AND c.completed_day BETWEEN :from_day AND :to_day

-- indicator: complete_reporting
-- The serials of a system in order; where one follows with a gap, what is missing between is a row of its own with its number.
SELECT 'serials' AS kind, @concat(n.system, @concat(' serial ', n.serial)) AS subject, n.system, n.region, n.organization, 1 AS num, 1 AS den,
  1 AS weight, n.received_at AS at, n.day
FROM {serials} n
UNION ALL
SELECT 'serials', @concat(n.system, @concat(' serials ', @concat((n.before_it + 1), @concat('..', (n.serial - 1))))), n.system, n.region, n.organization,
  0, 1, n.serial - n.before_it - 1, n.received_at, n.day
FROM {serials} n
WHERE n.serial > n.before_it + 1

-- indicator: timely_reporting
SELECT 'event' AS kind, @concat(c.subject, @concat(' ', @concat(e.name, CASE WHEN e.number > 0 THEN @concat(' ', e.number) ELSE '' END))) AS subject,
  c.subject AS case_name, c.system, c.region_code AS region, c.org_uscc AS organization, c.org_name AS organization_name,
  c.item_code AS item, c.item_name, e.step, e.office, e.post, e.person, e.at, e.day,
  CASE WHEN c.barred IS NULL AND e.reason IS NULL THEN CASE WHEN {in_time} THEN 1 ELSE 0 END END AS num,
  CASE WHEN c.barred IS NULL AND e.reason IS NULL THEN 1 END AS den,
  COALESCE(c.barred, e.reason) AS reason
FROM {told} e
JOIN {p}fact c ON c.case_id = e.case_id

-- indicator: unreported
-- What was delivered and never finished as far as anybody told, besides what was told too late.
SELECT {case}, {finisher}, e.at, e.day,
  CASE WHEN c.barred IS NULL AND e.reason IS NULL THEN CASE WHEN {in_time} THEN 0 ELSE 1 END END AS num,
  CASE WHEN c.barred IS NULL AND e.reason IS NULL THEN 1 END AS den,
  COALESCE(c.barred, e.reason) AS reason
FROM {completions_told} e
JOIN {p}fact c ON c.case_id = e.case_id
UNION ALL
SELECT {case}, {finisher}, NULL, c.delivered_day, CASE WHEN c.barred IS NULL THEN 1 END, CASE WHEN c.barred IS NULL THEN 1 END, c.barred
FROM {p}fact c
WHERE c.finished = 0 AND c.delivered_day BETWEEN :from_day AND :to_day

-- indicator: accepted
SELECT {case}, {accepter}, c.handled_at AS at, c.handled_day AS day,
  CASE WHEN c.barred IS NULL THEN 1 END AS num, CASE WHEN c.barred IS NULL THEN 1 END AS den, c.barred AS reason
FROM {p}fact c
WHERE c.status = '1' AND c.handled_day BETWEEN :from_day AND :to_day

-- indicator: finished
SELECT {case}, {finisher}, c.completed_at AS at, c.completed_day AS day,
  CASE WHEN c.barred IS NULL THEN 1 END AS num, CASE WHEN c.barred IS NULL THEN 1 END AS den, c.barred AS reason
FROM {p}fact c
WHERE c.finished = 1 AND c.completed_day BETWEEN :from_day AND :to_day

-- indicator: steps
SELECT {case}, COALESCE(x.step_name, x.step_code) AS step, x.office, x.handler_post AS post,
  COALESCE(x.handler_no, x.handler_name) AS person, x.ended_at AS at, x.ended_day AS day,
  CASE WHEN c.barred IS NULL THEN 1 END AS num, CASE WHEN c.barred IS NULL THEN 1 END AS den, c.barred AS reason
FROM {p}fact c
JOIN step x ON x.case_id = c.case_id AND x.ended_day BETWEEN :from_day AND :to_day

-- indicator: cards
SELECT {card}, d.rule, d.level, d.issued_on AS day, 1 AS num, 1 AS den
FROM {issued}

-- indicator: satisfaction
-- A dialect may tell the grade and no day (the national result row): such an evaluation counts with the completion that told it.
SELECT 'evaluation' AS kind, @concat(h.system, @concat('/', @concat(h.case_no, @concat(' evaluation ', e.seq)))) AS subject,
  @concat(h.system, @concat('/', h.case_no)) AS case_name, h.system, a.region_code AS region, a.org_uscc AS organization,
  a.org_name AS organization_name, a.item_code AS item, a.item_name, COALESCE(t.step_name, t.step_code) AS step, t.office,
  t.handler_post AS post, COALESCE(e.handler_no, e.handler_name) AS person, e.handler_name AS person_name, e.evaluated_at AS at,
  COALESCE(e.evaluated_day, f.completed_day) AS day,
  CASE WHEN y.status = 'trial' THEN NULL WHEN e.grade IN ('1', '2', '3') THEN 1 WHEN e.grade IN ('4', '5') THEN 0 END AS num,
  CASE WHEN y.status <> 'trial' AND e.grade IN ('1', '2', '3', '4', '5') THEN 1 END AS den,
  CASE WHEN y.status = 'trial' THEN 'system_on_trial' WHEN e.grade IS NULL THEN 'grade_not_given' END AS reason
FROM evaluation e
JOIN case_head h ON h.id = e.case_id AND h.state = 'current'
JOIN system y ON y.code = h.system
JOIN approval_case a ON a.case_id = e.case_id
LEFT JOIN step t ON t.case_id = e.case_id AND t.seq = e.step_seq
LEFT JOIN completion f ON f.case_id = e.case_id AND e.evaluated_day IS NULL
WHERE COALESCE(e.evaluated_day, f.completed_day) BETWEEN :from_day AND :to_day
  AND COALESCE(e.evaluated_day, f.completed_day) <= :as_of_day

-- indicator: complaint_rate
SELECT {complaint}, 1 AS num, 0 AS den, NULL AS reason
FROM complaint c
WHERE c.registered_at >= :from_at AND c.registered_at < :as_of_at
UNION ALL
SELECT 'case', c.subject, c.region_code, c.org_uscc, c.org_name, c.handled_day, c.handled_at, CASE WHEN c.barred IS NULL THEN 0 END,
  CASE WHEN c.barred IS NULL THEN 1 END, c.barred
FROM {p}fact c
WHERE c.status = '1' AND c.handled_day BETWEEN :from_day AND :to_day

-- indicator: response_time
SELECT {complaint}, 1 AS den, (c.answered_at - c.registered_at) / 3600000000.0 AS value
FROM complaint c
WHERE c.answered_at >= :from_at AND c.answered_at < :as_of_at

-- indicator: complaints
SELECT {complaint}, 1 AS num, 1 AS den
FROM complaint c
WHERE c.registered_at >= :from_at AND c.registered_at < :as_of_at

-- indicator: incidents
SELECT {incident}, 1 AS num, 1 AS den
FROM incident i
WHERE i.reported_at >= :from_at AND i.reported_at < :as_of_at

-- indicator: incidents_in_time
SELECT {incident}, CASE WHEN i.responded_at <= i.reported_at + @whole(i.response_minutes) * 60000000 THEN 1
    WHEN i.reported_at + @whole(i.response_minutes) * 60000000 < :as_of_at THEN 0 END AS num,
  CASE WHEN i.responded_at <= i.reported_at + @whole(i.response_minutes) * 60000000
    OR i.reported_at + @whole(i.response_minutes) * 60000000 < :as_of_at THEN 1 END AS den,
  'response_running' AS reason
FROM incident i
WHERE i.reported_at >= :from_at AND i.reported_at < :as_of_at

-- indicator: incident_response
SELECT {incident}, 1 AS den, (i.responded_at - i.reported_at) / 3600000000.0 AS value
FROM incident i
WHERE i.responded_at >= :from_at AND i.responded_at < :as_of_at

-- indicator: incidents_closed
SELECT 'incident' AS kind, @concat('incident ', i.id) AS subject, i.system, i.region_code AS region, i.org_uscc AS organization,
  i.org_name AS organization_name, i.grade, i.closed_at AS at, k.day, 1 AS num, 1 AS den
FROM incident i
JOIN work_calendar k ON k.scope = '' AND k.day_number = @quotient((i.closed_at + 28800000000), 86400000000)
WHERE i.closed_at >= :from_at AND i.closed_at < :as_of_at
