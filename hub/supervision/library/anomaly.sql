-- 异常 X · patterns of fabricated data, over months that have ended. How such a rule is written: docs/rules/anomaly.md
-- {told}: the cases of the months at hand, one row each; a_month, h_month, c_month are the months of application,
-- acceptance record and completion. `hit` 1: the case bears the finding out.

-- cases: X1
SELECT w.window_id, w.scope_id, w.subject, t.case_id,
  CASE WHEN t.handled_at = t.completed_at AND z.earliest = t.handled_at AND z.latest = t.handled_at THEN 1 ELSE 0 END AS hit,
  :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number
JOIN (
  SELECT x.case_id, MIN(@least(COALESCE(x.started_at, x.ended_at), COALESCE(x.ended_at, x.started_at))) AS earliest,
    MAX(@greatest(COALESCE(x.started_at, x.ended_at), COALESCE(x.ended_at, x.started_at))) AS latest
  FROM {told} c JOIN step x ON x.case_id = c.case_id AND COALESCE(x.step_type, '2') <> '1'
  WHERE c.c_month IS NOT NULL
  GROUP BY x.case_id
  HAVING COUNT(*) = COUNT(CASE WHEN (x.started_day IS NULL OR x.started_at IS NOT NULL)
    AND (x.ended_day IS NULL OR x.ended_at IS NOT NULL) THEN 1 END)
) z ON z.case_id = t.case_id
WHERE t.status = '1' AND t.handled_at IS NOT NULL AND t.completed_at IS NOT NULL
  AND COALESCE(t.told_type, t.own_type, '1') <> '1' AND COALESCE(t.own_type, t.told_type, '1') <> '1'

-- rule: X1
{share}

-- not judged: X1
{too_few}

-- cases: X2
-- Who acted goes by number where one is told, else by name.
SELECT w.window_id, w.scope_id, @concat(w.subject, @concat(' ', m.org_uscc)) AS subject, m.case_id,
  MAX(CASE WHEN n.person_no IS NULL AND v.person_no IS NULL THEN 1 ELSE 0 END) AS hit, :percent AS percent
FROM {windows} w
JOIN (
  SELECT t.case_id, t.system, t.c_month, t.org_uscc, t.handler_name AS name, COALESCE(t.handler_no, '') AS number,
    t.handled_day AS day FROM {told} t WHERE t.c_month IS NOT NULL
  UNION ALL
  SELECT t.case_id, t.system, t.c_month, t.org_uscc, t.finisher_name, COALESCE(t.finisher_no, ''), t.completed_day
  FROM {told} t WHERE t.c_month IS NOT NULL
  UNION ALL
  SELECT t.case_id, t.system, t.c_month, t.org_uscc, x.handler_name, COALESCE(x.handler_no, ''),
    COALESCE(x.ended_day, x.started_day)
  FROM {told} t JOIN step x ON x.case_id = t.case_id WHERE t.c_month IS NOT NULL
) m ON m.system = w.system AND m.c_month = w.month_number AND (m.number <> '' OR COALESCE(m.name, '') <> '')
JOIN (SELECT DISTINCT org_uscc FROM staff) g ON g.org_uscc = m.org_uscc
LEFT JOIN staff n ON n.org_uscc = m.org_uscc AND n.person_no = m.number
  AND (n.valid_from IS NULL OR n.valid_from <= m.day) AND (n.valid_to IS NULL OR n.valid_to >= m.day)
LEFT JOIN staff v ON m.number = '' AND v.org_uscc = m.org_uscc AND v.name = m.name
  AND (v.valid_from IS NULL OR v.valid_from <= m.day) AND (v.valid_to IS NULL OR v.valid_to >= m.day)
GROUP BY w.window_id, w.scope_id, w.subject, m.org_uscc, m.case_id

-- rule: X2
{share}

-- not judged: X2
SELECT w.scope_id, CASE WHEN w.window_id IN (SELECT b.window_id FROM {behind} b) THEN 'too_few_cases'
  WHEN EXISTS (SELECT 1 FROM {told} t WHERE t.system = w.system AND t.c_month = w.month_number
    AND t.org_uscc NOT IN (SELECT org_uscc FROM staff)) THEN 'no_staff_list' ELSE 'too_few_cases' END AS reason
FROM {windows} w
WHERE w.window_id NOT IN (SELECT b.window_id FROM {behind} b GROUP BY b.window_id, b.subject HAVING COUNT(*) >= :cases)

-- cases: X3
-- The name with most acts of a window, the first of them where several have as many; a case is hit whose every act has it.
WITH looked AS (
  SELECT DISTINCT w.system, w.month_number FROM {windows} w
),
named AS (
  SELECT t.system, t.c_month, x.handler_name AS name, COUNT(*) AS acts
  FROM looked l
  JOIN {told} t ON t.system = l.system AND t.c_month = l.month_number
  JOIN step x ON x.case_id = t.case_id AND x.handler_name <> ''
  GROUP BY t.system, t.c_month, x.handler_name
),
ranked AS (
  SELECT n.system, n.c_month, n.name, ROW_NUMBER() OVER (PARTITION BY n.system, n.c_month ORDER BY n.acts DESC, n.name) AS place
  FROM named n
),
handled AS (
  SELECT t.case_id, MIN(CASE WHEN x.handler_name = r.name THEN 1 ELSE 0 END) AS hit
  FROM ranked r
  JOIN {told} t ON t.system = r.system AND t.c_month = r.c_month
  JOIN step x ON x.case_id = t.case_id AND x.handler_name <> ''
  WHERE r.place = 1
  GROUP BY t.case_id
)
SELECT w.window_id, w.scope_id, w.subject, h.case_id, h.hit, :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number
JOIN handled h ON h.case_id = t.case_id

-- rule: X3
{share}

-- not judged: X3
{too_few}

-- cases: X4
WITH typed AS (
  SELECT w.window_id, w.scope_id, w.subject, t.case_id, t.told_type, t.own_type,
    COUNT(*) OVER (PARTITION BY w.window_id, t.told_type) AS alike, COUNT(*) OVER (PARTITION BY w.window_id) AS total
  FROM {windows} w
  JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.told_type IS NOT NULL AND t.own_type IS NOT NULL
),
measured AS (
  SELECT t.*, MAX(t.alike) OVER (PARTITION BY t.window_id) AS most FROM typed t
)
SELECT m.window_id, m.scope_id, m.subject, m.case_id,
  CASE WHEN m.told_type <> m.own_type AND m.alike = m.most AND 100 * m.most >= :constant_percent * m.total THEN 1 ELSE 0 END AS hit,
  :percent AS percent
FROM measured m

-- rule: X4
{share}

-- not judged: X4
SELECT w.scope_id, CASE WHEN (SELECT COUNT(*) FROM {told} t WHERE t.system = w.system AND t.a_month = w.month_number
  AND t.told_type IS NOT NULL) >= :cases THEN 'item_unknown' ELSE 'too_few_cases' END AS reason
FROM {windows} w
WHERE w.window_id NOT IN (SELECT b.window_id FROM {behind} b GROUP BY b.window_id, b.subject HAVING COUNT(*) >= :cases)

-- cases: X5
-- A department has windows where its catalogue names a post at one, or an item that cannot be done online from end to end.
SELECT w.window_id, w.scope_id, @concat(w.subject, @concat(' ', t.org_uscc)) AS subject, t.case_id,
  CASE WHEN t.channel IN ('2', '3') THEN 1 ELSE 0 END AS hit, :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.channel IS NOT NULL
JOIN (
  SELECT o.org_uscc FROM post o WHERE o.name LIKE '%窗口%' OR o.office LIKE '%窗口%'
  UNION SELECT o.org_uscc FROM service_item o WHERE o.state = 'in_force' AND o.online_depth IN ('none', 'apply')
) g ON g.org_uscc = t.org_uscc

-- rule: X5
{share}

-- not judged: X5
SELECT w.scope_id, CASE WHEN w.window_id NOT IN (SELECT b.window_id FROM {behind} b)
  AND (SELECT COUNT(*) FROM {told} t WHERE t.system = w.system AND t.a_month = w.month_number
    AND t.channel IS NOT NULL) >= :cases THEN 'windows_unknown' ELSE 'too_few_cases' END AS reason
FROM {windows} w
WHERE w.window_id NOT IN (SELECT b.window_id FROM {behind} b GROUP BY b.window_id, b.subject HAVING COUNT(*) >= :cases)

-- cases: X6
SELECT w.window_id, w.scope_id, w.subject, t.case_id, CASE WHEN t.written_at = t.applied_at THEN 1 ELSE 0 END AS hit,
  :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.written_at IS NOT NULL AND t.applied_at IS NOT NULL

-- rule: X6
{share}

-- not judged: X6
{too_few}

-- cases: X7
WITH typed AS (
  SELECT w.window_id, w.scope_id, w.subject, t.case_id, t.id_type,
    CASE WHEN t.applicant_type = '1' AND t.id_type IN ('001', '002', '999') THEN 1
      WHEN t.applicant_type <> '1' AND t.id_type NOT IN ('001', '002') THEN 1 ELSE 0 END AS misfit,
    COUNT(*) OVER (PARTITION BY w.window_id, t.id_type) AS alike, COUNT(*) OVER (PARTITION BY w.window_id) AS total
  FROM {windows} w
  JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.id_type IS NOT NULL AND t.applicant_type IS NOT NULL
),
measured AS (
  SELECT t.*, MAX(t.alike) OVER (PARTITION BY t.window_id) AS most FROM typed t
)
SELECT m.window_id, m.scope_id, m.subject, m.case_id,
  CASE WHEN m.misfit = 1 AND m.alike = m.most AND 100 * m.most >= :constant_percent * m.total THEN 1 ELSE 0 END AS hit,
  :percent AS percent
FROM measured m

-- rule: X7
{share}

-- not judged: X7
-- One kind of document throughout that fits all applicants says nothing: a department may serve natural persons only.
SELECT w.scope_id, CASE WHEN l.cases >= :cases THEN 'applicants_alike' ELSE 'too_few_cases' END AS reason
FROM {windows} w
LEFT JOIN (
  SELECT t.system, t.a_month, COUNT(*) AS cases, MIN(t.id_type) AS least_type, MAX(t.id_type) AS greatest_type
  FROM {told} t WHERE t.id_type IS NOT NULL AND t.applicant_type IS NOT NULL
  GROUP BY t.system, t.a_month
) l ON l.system = w.system AND l.a_month = w.month_number
WHERE l.cases IS NULL OR l.cases < :cases OR (l.least_type = l.greatest_type AND w.window_id NOT IN (
  SELECT b.window_id FROM {behind} b WHERE b.hit = 1))

-- cases: X8
WITH done AS (
  SELECT w.window_id, w.scope_id, w.subject, t.case_id, t.completed_at,
    ROW_NUMBER() OVER (PARTITION BY w.window_id ORDER BY t.completed_at, t.case_id) AS place
  FROM {windows} w
  JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number AND t.completed_at IS NOT NULL
),
begun AS (
  SELECT d.*, MAX(CASE WHEN e.completed_at - d.completed_at <= :seconds * 1000000 THEN d.completed_at END)
    OVER (PARTITION BY d.window_id ORDER BY d.completed_at) AS burst_at
  FROM done d LEFT JOIN done e ON e.window_id = d.window_id AND e.place = d.place + :burst - 1
)
SELECT b.window_id, b.scope_id, @concat(b.subject, ' burst') AS subject, b.case_id,
  CASE WHEN b.completed_at - b.burst_at <= :seconds * 1000000 THEN 1 ELSE 0 END AS hit, :burst_percent AS percent
FROM begun b
UNION ALL
SELECT b.window_id, b.scope_id, @concat(b.subject, ' night'), b.case_id,
  CASE WHEN (b.completed_at + 28800000000) % 86400000000 >= :night_from * 3600000000
    OR (b.completed_at + 28800000000) % 86400000000 < :night_to * 3600000000 THEN 1 ELSE 0 END, :night_percent
FROM begun b
UNION ALL
SELECT w.window_id, w.scope_id, @concat(w.subject, ' rest'), t.case_id, t.on_rest, :rest_percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number AND t.on_rest IS NOT NULL

-- rule: X8
{share}

-- not judged: X8
{too_few}

-- rule: X9
-- The limit is the promised one where there is one, else the statutory one with the extensions that hold. What stands still
-- before the procedure began is left out, as of every time that is past a limit.
WITH counted AS (
  SELECT v.scope_id, v.kind, MIN(r.k) AS k
  FROM {p}verdict v
  JOIN {p}reach r ON r.scope_id = v.scope_id AND r.kind = v.kind AND r.extension = v.extension
  LEFT JOIN {p}verdict o ON o.scope_id = v.scope_id AND o.kind = 'P'
  WHERE v.kind = 'P' OR (v.kind = 'S' AND o.scope_id IS NULL)
  GROUP BY v.scope_id, v.kind
),
begun AS (
  SELECT s.scope_id, q.seq, q.approver, l.axis, l.unit, r.last, r.last_n, r.last_w, s.as_of_n,
    @least(l.a1, CASE l.axis WHEN 'W' THEN kq.{w} WHEN 'H' THEN @hours(kq, q.started_at) ELSE kq.day_number END) AS g,
    c.s_n, kq.day_number AS begun_n
  FROM {cases} s
  JOIN {p}case c ON c.scope_id = s.scope_id
  JOIN counted v ON v.scope_id = s.scope_id
  JOIN {p}limit l ON l.scope_id = v.scope_id AND l.kind = v.kind
  JOIN {p}reach r ON r.scope_id = v.scope_id AND r.kind = v.kind AND r.k = v.k
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND @known(q, started)
  JOIN work_calendar kq ON kq.scope = s.calendar AND kq.day = q.started_day
  WHERE s.status = '1'
),
exact AS (
  SELECT s.scope_id, q.seq, MIN(q.approver) AS approver, MIN(kq.day_number) AS begun_n, MIN(kr.day_number) AS ended_n
  FROM {cases} s
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND q.approved_limit > 0 AND q.started_at IS NOT NULL
  JOIN special_procedure_result e ON e.case_id = s.case_id AND e.procedure_seq = q.seq AND @known(e, ended)
    AND e.ended_at > q.started_at
    AND (q.approved_limit_unit = 'H' OR (e.ended_at - q.started_at) % 86400000000 <= :seconds * 1000000
      OR (e.ended_at - q.started_at) % 86400000000 >= 86400000000 - :seconds * 1000000)
  JOIN work_calendar kq ON kq.scope = s.calendar AND kq.day = q.started_day
  JOIN work_calendar kr ON kr.scope = s.calendar AND kr.day = e.ended_day
  LEFT JOIN work_calendar kd ON kd.scope = s.calendar
    AND kd.day_number = CASE q.approved_limit_unit WHEN 'D' THEN kq.day_number + q.approved_limit END
  LEFT JOIN work_calendar km ON km.scope = s.calendar
    AND km.month_number = CASE q.approved_limit_unit WHEN 'M' THEN kq.month_number + q.approved_limit END
    AND (km.month_day = kq.month_day OR (km.month_last = 1 AND km.month_day < kq.month_day))
  WHERE CASE COALESCE(q.approved_limit_unit, 'W')
    WHEN 'H' THEN ABS(@hours(kr, e.ended_at) - @hours(kq, q.started_at) - q.approved_limit * 3600000000) <= :seconds * 1000000
    ELSE ABS((e.ended_at - kr.day_number * 86400000000) - (q.started_at - kq.day_number * 86400000000)) <= :seconds * 1000000
      AND kr.{work} = 1 AND kr.{w} = CASE COALESCE(q.approved_limit_unit, 'W') WHEN 'W' THEN kq.{w} + q.approved_limit
        WHEN 'D' THEN kd.{w} + 1 - kd.{work} ELSE km.{w} + 1 - km.{work} END END
  GROUP BY s.scope_id, q.seq
)
SELECT b.scope_id, @concat('procedure ', b.seq) AS subject, b.approver AS handler, b.last_n AS due_n, b.s_n AS since_n,
  b.begun_n AS until_n, @json('why', 'begun_after_the_limit') AS evidence
FROM begun b
WHERE b.g > b.last AND b.g - b.last - COALESCE((
  SELECT SUM(@least(i.b, b.g) - @greatest(i.a, b.last)) FROM {p}island i
  WHERE i.scope_id = b.scope_id AND i.axis = b.axis AND i.b > b.last AND i.a < b.g), 0) > 0
UNION ALL
SELECT x.scope_id, @concat('procedure ', x.seq), x.approver, x.ended_n, x.begun_n, x.ended_n,
  @json('why', 'ended_exactly_at_its_limit')
FROM exact x
WHERE NOT EXISTS (SELECT 1 FROM begun b WHERE b.scope_id = x.scope_id AND b.seq = x.seq
  AND b.g > b.last AND b.g - b.last - COALESCE((
    SELECT SUM(@least(i.b, b.g) - @greatest(i.a, b.last)) FROM {p}island i
    WHERE i.scope_id = b.scope_id AND i.axis = b.axis AND i.b > b.last AND i.a < b.g), 0) > 0)

-- cases: X10
-- A receipt on a rest day may be entered as one of the next working day.
SELECT w.window_id, w.scope_id, w.subject, t.case_id,
  CASE WHEN t.entered_w - t.applied_w > :workdays THEN 1 ELSE 0 END AS hit, :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.entered_w IS NOT NULL AND t.applied_w IS NOT NULL

-- rule: X10
{share}

-- not judged: X10
{too_few}

-- cases: X11
-- The node's regions: those of its organisation in the catalogue, else that of its registration.
WITH area AS (
  SELECT o.org_uscc, o.code, SUBSTR(o.code, 1, CASE
    WHEN LENGTH(o.code) >= 12 AND SUBSTR(o.code, 10, 3) <> '000' THEN 12
    WHEN LENGTH(o.code) >= 9 AND SUBSTR(o.code, 7, 3) <> '000' THEN 9
    WHEN SUBSTR(o.code, 5, 2) <> '00' THEN 6 WHEN SUBSTR(o.code, 3, 2) <> '00' THEN 4 ELSE 2 END) AS prefix
  FROM (
    SELECT org_uscc, region_code AS code FROM organization WHERE region_code IS NOT NULL
    UNION
    SELECT DISTINCT t.org_uscc, y.region FROM {told} t JOIN system y ON y.code = t.system
    WHERE t.org_uscc NOT IN (SELECT org_uscc FROM organization WHERE region_code IS NOT NULL)
  ) o
)
SELECT w.window_id, w.scope_id, w.subject, t.case_id, MIN(CASE
    WHEN SUBSTR(t.region_code, 1, LENGTH(g.prefix)) = g.prefix THEN 0 ELSE 1 END) AS hit, :percent AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.a_month = w.month_number AND t.region_code IS NOT NULL
JOIN area g ON g.org_uscc = t.org_uscc
GROUP BY w.window_id, w.scope_id, w.subject, t.case_id

-- rule: X11
{share}

-- not judged: X11
{too_few}

-- cases: X12
SELECT w.window_id, w.scope_id, @concat(w.subject, ' refusals') AS subject, t.case_id,
  CASE WHEN t.result IN ('1', '7') THEN 1 ELSE 0 END AS hit, :points AS percent
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number AND t.result IS NOT NULL
UNION ALL
SELECT w.window_id, w.scope_id, @concat(w.subject, ' corrections'), t.case_id,
  CASE WHEN n.case_id IS NULL THEN 0 ELSE 1 END, :points
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.c_month = w.month_number
LEFT JOIN (SELECT DISTINCT case_id FROM correction_notice) n ON n.case_id = t.case_id
WHERE w.system NOT IN ({without[CorrectionNotice.NotifiedAt]})
UNION ALL
SELECT w.window_id, w.scope_id, @concat(w.subject, ' non-acceptances'), t.case_id,
  CASE WHEN t.status = '2' THEN 1 ELSE 0 END, :points
FROM {windows} w
JOIN {told} t ON t.system = w.system AND t.h_month = w.month_number AND t.status IS NOT NULL
WHERE w.system NOT IN ({without[Acceptance.Status]})

-- rule: X12
-- Peers: the other systems with an item of the same catalogue code in that month, if there are enough of them, else all others.
WITH outcome AS (
  SELECT 'refusals' AS kind, t.system, t.c_month AS month_number,
    100.0 * SUM(CASE WHEN t.result IN ('1', '7') THEN 1 ELSE 0 END) / COUNT(*) AS share
  FROM {told} t WHERE t.c_month IS NOT NULL AND t.result IS NOT NULL
    AND t.system NOT IN ({without[Completion.Result]})
  GROUP BY t.system, t.c_month HAVING COUNT(*) >= :cases
  UNION ALL
  SELECT 'corrections', t.system, t.c_month, 100.0 * SUM(CASE WHEN n.case_id IS NULL THEN 0 ELSE 1 END) / COUNT(*)
  FROM {told} t LEFT JOIN (SELECT DISTINCT case_id FROM correction_notice) n ON n.case_id = t.case_id
  WHERE t.c_month IS NOT NULL AND t.system NOT IN ({without[CorrectionNotice.NotifiedAt]})
  GROUP BY t.system, t.c_month HAVING COUNT(*) >= :cases
  UNION ALL
  SELECT 'non-acceptances', t.system, t.h_month, 100.0 * SUM(CASE WHEN t.status = '2' THEN 1 ELSE 0 END) / COUNT(*)
  FROM {told} t WHERE t.h_month IS NOT NULL AND t.status IS NOT NULL
    AND t.system NOT IN ({without[Acceptance.Status]})
  GROUP BY t.system, t.h_month HAVING COUNT(*) >= :cases
),
item AS (
  SELECT DISTINCT t.system, t.a_month AS month_number, COALESCE(t.catalog_code, t.item_code) AS code FROM {told} t
  WHERE t.a_month IS NOT NULL
),
alike AS (
  SELECT DISTINCT a.system, o.system AS other, a.month_number
  FROM item a JOIN item o ON o.code = a.code AND o.month_number = a.month_number AND o.system <> a.system
),
compared AS (
  SELECT w.window_id, w.scope_id, w.label, m.kind, m.share, @concat(w.subject, @concat(' ', m.kind)) AS subject,
    COUNT(k.other) AS alike_count, AVG(CASE WHEN k.other IS NOT NULL THEN o.share END) AS alike_share,
    COUNT(*) AS others_count, AVG(o.share) AS others_share
  FROM {windows} w
  JOIN outcome m ON m.system = w.system AND m.month_number = w.month_number
  JOIN outcome o ON o.kind = m.kind AND o.month_number = m.month_number AND o.system <> m.system
  LEFT JOIN alike k ON k.system = m.system AND k.other = o.system AND k.month_number = m.month_number
  GROUP BY w.window_id, w.scope_id, w.label, w.subject, m.kind, m.share
),
judged AS (
  SELECT c.*, CASE WHEN c.alike_count >= :peers THEN c.alike_count ELSE c.others_count END AS peers,
    CASE WHEN c.alike_count >= :peers THEN c.alike_share ELSE c.others_share END AS peer_share
  FROM compared c WHERE c.others_count >= :peers
)
SELECT j.scope_id, j.subject, j.share AS used, j.peer_share AS limit_value, ABS(j.share - j.peer_share) - :points AS excess,
  @json('window', MIN(j.label), 'kind', MIN(j.kind), 'sample', COUNT(*), 'hits', SUM(b.hit),
    'share_percent', @quotient(1000 * SUM(b.hit), COUNT(*)) / 10.0, 'peers', MIN(j.peers),
    'peer_share_percent', MIN(j.peer_share), 'threshold_points', :points) AS evidence
FROM judged j JOIN {behind} b ON b.window_id = j.window_id AND b.subject = j.subject
WHERE ABS(j.share - j.peer_share) > :points
GROUP BY j.scope_id, j.subject, j.share, j.peer_share

-- not judged: X12
-- Months in which no share of the system could be compared: it has too few cases of each kind, or too few others have enough.
WITH enough AS (
  SELECT 'refusals' AS kind, t.system, t.c_month AS month_number FROM {told} t
  WHERE t.c_month IS NOT NULL AND t.result IS NOT NULL AND t.system NOT IN ({without[Completion.Result]})
  GROUP BY t.system, t.c_month HAVING COUNT(*) >= :cases
  UNION ALL
  SELECT 'corrections', t.system, t.c_month FROM {told} t
  WHERE t.c_month IS NOT NULL AND t.system NOT IN ({without[CorrectionNotice.NotifiedAt]})
  GROUP BY t.system, t.c_month HAVING COUNT(*) >= :cases
  UNION ALL
  SELECT 'non-acceptances', t.system, t.h_month FROM {told} t
  WHERE t.h_month IS NOT NULL AND t.status IS NOT NULL AND t.system NOT IN ({without[Acceptance.Status]})
  GROUP BY t.system, t.h_month HAVING COUNT(*) >= :cases
)
SELECT w.scope_id, CASE WHEN EXISTS (SELECT 1 FROM enough m WHERE m.system = w.system AND m.month_number = w.month_number)
  THEN 'too_few_peers' ELSE 'too_few_cases' END AS reason
FROM {windows} w
WHERE NOT EXISTS (
  SELECT 1 FROM enough m
  WHERE m.system = w.system AND m.month_number = w.month_number AND :peers <= (
    SELECT COUNT(*) FROM enough o WHERE o.kind = m.kind AND o.month_number = m.month_number AND o.system <> m.system))
