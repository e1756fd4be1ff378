-- 时限 T · time. T1 to T3 read {p}verdict, which limits.sql has filled: one row per case and limit (P promised, S statutory).
-- @in_unit(x): x of a verdict v in the unit that people read, hours from µs, months in proportion to the limit's days.

-- rule: T1
SELECT v.scope_id, @in_unit(v.used) AS used, @in_unit(v.length) AS limit_value, 0 AS excess, v.unit, v.last_n AS due_n,
  COALESCE((SELECT MIN(x.raw_n) FROM {p}pause x WHERE x.scope_id = c.scope_id AND x.raw_n < c.s_n), c.s_n) AS since_n,
  c.e_n AS until_n
FROM {cases} s
JOIN {p}case c ON c.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'P'
WHERE v.finished = 0 AND v.late <= 0 AND (v.unit = 'H' OR v.first_day = 0)
  AND ((v.length - v.used) * 100 <= v.length * :share_percent OR (v.unit <> 'H' AND v.workdays_left <= :min_workdays))

-- not judged: T1
SELECT s.scope_id, CASE WHEN ks.day IS NULL OR ke.day IS NULL THEN 'outside_calendar'
    WHEN s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day) THEN 'no_limit'
    ELSE 'hours_day_precise' END AS reason
FROM {cases} s
LEFT JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(s.completed_day, s.as_of_day)
WHERE ks.day IS NULL OR ke.day IS NULL
  OR (s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day))
  OR (s.promised_unit = 'H' AND (s.handled_at IS NULL OR (s.finished = 1 AND s.completed_at IS NULL)))

-- watch: T1
-- Of T1, T2 and T3. With limits in working days, the day on which an unpaused case would be near its limit or past the
-- statutory one; after that, and with other units, every day. Pauses only ever make it later.
SELECT s.scope_id, CASE
    WHEN s.promised_unit = 'H' OR s.statutory_unit = 'H' THEN s.as_of_n
    WHEN COALESCE(s.promised_unit, 'W') = 'W' AND COALESCE(s.statutory_unit, 'W') = 'W'
      AND (s.promised IS NOT NULL OR s.promised_day IS NULL) THEN COALESCE(kw.day_number, s.as_of_n + 1)
    ELSE s.as_of_n + 1 END AS watch_n
FROM {cases} s
JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar kw ON kw.scope = s.calendar AND kw.is_workday = 1 AND kw.day_number - s.as_of_n > 0
  AND kw.workday_number = ks.workday_number + @least(
    COALESCE(@least(s.promised - :min_workdays, @quotient(s.promised * (100 - :share_percent), 100)), s.statutory),
    COALESCE(s.statutory, s.promised))
WHERE s.finished = 0 AND (s.promised IS NOT NULL OR s.statutory IS NOT NULL OR s.promised_day IS NOT NULL)

-- rule: T2
SELECT v.scope_id, @in_unit(v.used) AS used, @in_unit(v.length) AS limit_value, @late_in_unit(v.late) AS excess, v.unit,
  v.last_n AS due_n,
  COALESCE((SELECT MIN(x.raw_n) FROM {p}pause x WHERE x.scope_id = c.scope_id AND x.raw_n < c.s_n), c.s_n) AS since_n,
  c.e_n AS until_n
FROM {cases} s
JOIN {p}case c ON c.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'P'
WHERE v.late > 0

-- not judged: T2
SELECT s.scope_id, CASE WHEN ks.day IS NULL OR ke.day IS NULL THEN 'outside_calendar'
    WHEN s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day) THEN 'no_limit'
    ELSE 'hours_day_precise' END AS reason
FROM {cases} s
LEFT JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(s.completed_day, s.as_of_day)
WHERE ks.day IS NULL OR ke.day IS NULL
  OR (s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day))
  OR (s.promised_unit = 'H' AND (s.handled_at IS NULL OR (s.finished = 1 AND s.completed_at IS NULL)))

-- rule: T3
-- An extension in natural days or months reaches to days that no figure names: its verdict is held against both readings.
SELECT v.scope_id, @in_unit(v.used) AS used, @in_unit(v.length + v.extra) AS limit_value,
  @late_in_unit(v.late) AS excess, v.unit, v.last_n AS due_n,
  COALESCE((SELECT MIN(x.raw_n) FROM {p}pause x WHERE x.scope_id = c.scope_id AND x.raw_n < c.s_n), c.s_n) AS since_n,
  CASE WHEN EXISTS (SELECT 1 FROM {p}extension x WHERE x.scope_id = c.scope_id AND x.days + x.months > 0)
    THEN 999999 ELSE c.e_n END AS until_n, v.extension
FROM {cases} s
JOIN {p}case c ON c.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'S'
WHERE v.late > 0

-- not judged: T3
SELECT s.scope_id, CASE WHEN ks.day IS NULL OR ke.day IS NULL THEN 'outside_calendar'
    WHEN s.statutory IS NULL THEN 'no_limit' ELSE 'hours_day_precise' END AS reason
FROM {cases} s
LEFT JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(s.completed_day, s.as_of_day)
WHERE ks.day IS NULL OR ke.day IS NULL OR s.statutory IS NULL
  OR (s.statutory_unit = 'H' AND (s.handled_at IS NULL OR (s.finished = 1 AND s.completed_at IS NULL)))

-- rule: T4
SELECT v.scope_id, @concat('step ', x.seq) AS subject, @in_unit(v.used) AS used, @in_unit(v.length) AS limit_value,
  @late_in_unit(v.late) AS excess, v.unit, v.last_n AS due_n, x.step_name AS step, x.handler_name AS handler,
  COALESCE((SELECT MIN(u.raw_n) FROM {p}pause u WHERE u.scope_id = t.scope_id AND u.raw_n < t.s_n), t.s_n) AS since_n,
  t.e_n AS until_n
FROM {cases} s
JOIN {p}step t ON t.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = t.scope_id AND v.kind = @concat('step-', t.seq)
JOIN step x ON x.case_id = s.case_id AND x.seq = t.seq
WHERE v.late > 0

-- not judged: T4
-- Cases with limited steps of which none can be judged: nobody knows when they began, or limits in hours have days only.
SELECT s.scope_id, CASE WHEN MAX(CASE WHEN x.started_day IS NULL THEN 0 ELSE 1 END) = 0 THEN 'step_without_start'
    ELSE 'hours_day_precise' END AS reason
FROM {cases} s
JOIN step x ON x.case_id = s.case_id AND (x.started_day IS NULL OR @known(x, started))
LEFT JOIN item_flow_step g ON g.item_code = s.item_code AND g.version = s.item_version AND g.step_code = x.step_code
WHERE (x.step_limit > 0 OR g.step_limit > 0) AND s.scope_id IN (
  SELECT u.scope_id FROM {cases} u
  JOIN step y ON y.case_id = u.case_id
  LEFT JOIN item_flow_step h ON h.item_code = u.item_code AND h.version = u.item_version AND h.step_code = y.step_code
  WHERE y.started_day IS NULL OR y.step_limit_unit = 'H' OR h.step_limit_unit = 'H')
GROUP BY s.scope_id
HAVING MAX(CASE WHEN x.started_day IS NULL THEN 0
    WHEN COALESCE(CASE WHEN g.step_limit > 0 THEN g.step_limit_unit ELSE x.step_limit_unit END, 'W') <> 'H' THEN 1
    WHEN x.started_at IS NULL OR (x.ended_at IS NULL AND @known(x, ended)) OR (s.finished = 1 AND s.completed_at IS NULL)
      OR (s.status = '1' AND s.handled_at IS NULL) THEN 0
    ELSE 1 END) = 0

-- watch: T4
-- An open step with a limit: every day, and hours at every run.
SELECT s.scope_id, MIN(CASE WHEN COALESCE(g.step_limit_unit, x.step_limit_unit) = 'H' THEN s.as_of_n ELSE s.as_of_n + 1 END)
  AS watch_n
FROM {cases} s
JOIN step x ON x.case_id = s.case_id AND x.started_day IS NOT NULL AND x.ended_day IS NULL
LEFT JOIN item_flow_step g ON g.item_code = s.item_code AND g.version = s.item_version AND g.step_code = x.step_code
WHERE s.finished = 0 AND (x.step_limit > 0 OR g.step_limit > 0)
GROUP BY s.scope_id

-- rule: T5
-- From the procedure's own start, without deductions, to its earliest result, the completion, or now. What lasted no longer by the
-- clock than its limit has days is not looked up in the calendar.
WITH ended AS (
  SELECT s.scope_id, r.procedure_seq AS seq, MIN(r.ended_day) AS day, MIN(r.ended_at) AS at,
    MIN(CASE WHEN r.ended_at IS NULL THEN 0 ELSE 1 END) AS timed
  FROM {cases} s JOIN special_procedure_result r ON r.case_id = s.case_id AND @known(r, ended)
  GROUP BY s.scope_id, r.procedure_seq
),
begun AS (
  SELECT s.scope_id, s.calendar, q.seq, q.approved_limit AS stated, COALESCE(q.approved_limit_unit, 'W') AS unit,
    q.approver, ks.day_number AS s_n, ks.{w} AS s_w, @hours(ks, q.started_at) AS s_h, ks.month_number, ks.month_day,
    @least(ke.day_number, kc.day_number) AS e_n, @least(ke.{w}, kc.{w}) AS e_w,
    @least(@hours(ke, COALESCE(z.at, s.as_of_at)), @hours(kc, COALESCE(s.completed_at, s.as_of_at))) AS e_h,
    CASE WHEN q.started_at IS NULL OR z.timed = 0 OR (s.finished = 1 AND s.completed_at IS NULL) THEN 0 ELSE 1 END AS timed
  FROM {cases} s
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND q.approved_limit IS NOT NULL AND @known(q, started)
  LEFT JOIN ended z ON z.scope_id = s.scope_id AND z.seq = q.seq
  JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = q.started_day
  JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(z.day, s.as_of_day)
  JOIN work_calendar kc ON kc.scope = s.calendar AND kc.day = COALESCE(s.completed_day, s.as_of_day)
  WHERE q.started_at IS NULL OR z.timed = 0 OR COALESCE(z.at, s.as_of_at) - q.started_at
    > q.approved_limit * CASE q.approved_limit_unit WHEN 'H' THEN 3600000000 ELSE 86400000000 END
),
capped AS (
  SELECT b.*, km.day_number - b.s_n AS month_days, CASE b.unit WHEN 'W' THEN b.s_w + b.stated
    WHEN 'H' THEN @days_up(b.s_h + b.stated * 3600000000) WHEN 'D' THEN kd.{w} + 1 - kd.{work}
    ELSE km.{w} + 1 - km.{work} END AS last_w
  FROM begun b
  LEFT JOIN work_calendar kd ON kd.scope = b.calendar AND kd.day_number = CASE b.unit WHEN 'D' THEN b.s_n + b.stated END
  LEFT JOIN work_calendar km ON km.scope = b.calendar AND km.month_number = CASE b.unit WHEN 'M' THEN b.month_number + b.stated END
    AND (km.month_day = b.month_day OR (km.month_last = 1 AND km.month_day < b.month_day))
)
SELECT c.scope_id, @concat('procedure ', c.seq) AS subject, c.unit, c.approver AS handler, kl.day_number AS due_n,
  CASE c.unit WHEN 'W' THEN c.e_w - c.s_w WHEN 'D' THEN c.e_n - c.s_n WHEN 'H' THEN (c.e_h - c.s_h) / 3600000000.0
    ELSE (c.e_n - c.s_n) * c.stated * 1.0 / NULLIF(c.month_days, 0) END AS used,
  c.stated AS limit_value,
  CASE c.unit WHEN 'W' THEN c.e_w - kl.{w} WHEN 'H' THEN (c.e_h - c.s_h - c.stated * 3600000000) / 3600000000.0
    ELSE c.e_n - kl.day_number END AS excess,
  c.s_n AS since_n, c.e_n AS until_n
FROM capped c
JOIN work_calendar kl ON kl.scope = c.calendar AND kl.{w} = c.last_w AND kl.{work} = 1
WHERE CASE c.unit WHEN 'W' THEN c.e_w > kl.{w} WHEN 'H' THEN c.timed = 1 AND c.e_h - c.s_h > c.stated * 3600000000
  ELSE c.e_n > kl.day_number END

-- not judged: T5
-- Cases with limited procedures of which none can be judged: all limits are in hours, and their times are days only.
SELECT s.scope_id, 'hours_day_precise' AS reason
FROM {cases} s
JOIN (SELECT DISTINCT case_id FROM special_procedure WHERE approved_limit_unit = 'H') o ON o.case_id = s.case_id
JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND q.approved_limit IS NOT NULL AND @known(q, started)
LEFT JOIN special_procedure_result r ON r.case_id = s.case_id AND r.procedure_seq = q.seq AND r.ended_at IS NULL AND @known(r, ended)
GROUP BY s.scope_id
HAVING MAX(CASE WHEN COALESCE(q.approved_limit_unit, 'W') <> 'H' THEN 1
    WHEN q.started_at IS NULL OR r.case_id IS NOT NULL OR (s.finished = 1 AND s.completed_at IS NULL) THEN 0
    ELSE 1 END) = 0

-- watch: T5
SELECT s.scope_id, MIN(CASE q.approved_limit_unit WHEN 'H' THEN s.as_of_n ELSE s.as_of_n + 1 END) AS watch_n
FROM {cases} s
JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND q.approved_limit IS NOT NULL
WHERE s.finished = 0 AND NOT EXISTS (
  SELECT 1 FROM special_procedure_result r WHERE r.case_id = s.case_id AND r.procedure_seq = q.seq)
GROUP BY s.scope_id

-- rule: T6
-- First those that neither acceptance nor completion answered in time; only of them notices and steps are looked at.
WITH late AS (
  SELECT s.*, ka.day_number AS s_n, ka.{w} AS s_w, ke.day_number AS e_n, ke.{w} AS e_w
  FROM {cases} s
  JOIN work_calendar ka ON ka.scope = s.calendar AND ka.day = s.applied_day
  JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = CASE
    WHEN s.handled_day <= s.completed_day THEN s.handled_day ELSE COALESCE(s.completed_day, s.handled_day, s.as_of_day) END
  WHERE s.channel IN ('2', '3') AND ke.{w} - ka.{w} > :workdays
    AND (s.handled_at IS NULL OR s.applied_at IS NULL OR s.handled_at - s.applied_at > :workdays * 86400000000)
),
told AS (
  SELECT s.scope_id, MIN(k.{w}) AS w, MIN(k.day_number) AS n FROM late s
  JOIN correction_notice x ON x.case_id = s.case_id AND @known(x, notified)
  JOIN work_calendar k ON k.scope = s.calendar AND k.day = x.notified_day
  GROUP BY s.scope_id
),
examined AS (
  SELECT s.scope_id, MIN(k.{w}) AS w, MIN(k.day_number) AS n FROM late s
  JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR (x.started_day IS NULL AND @known(x, ended)))
  JOIN work_calendar k ON k.scope = s.calendar AND k.day = COALESCE(x.started_day, x.ended_day)
  GROUP BY s.scope_id
),
answered AS (
  SELECT l.scope_id, l.calendar, l.s_n, l.s_w,
    @least(l.e_w, @least(COALESCE(t.w, l.e_w), COALESCE(x.w, l.e_w))) AS e_w,
    @least(l.e_n, @least(COALESCE(t.n, l.e_n), COALESCE(x.n, l.e_n))) AS e_n
  FROM late l LEFT JOIN told t ON t.scope_id = l.scope_id LEFT JOIN examined x ON x.scope_id = l.scope_id
)
SELECT a.scope_id, a.e_w - a.s_w AS used, :workdays AS limit_value, a.e_w - a.s_w - :workdays AS excess, 'W' AS unit,
  k.day_number AS due_n, a.s_n AS since_n, a.e_n AS until_n
FROM answered a
LEFT JOIN work_calendar k ON k.scope = a.calendar AND k.{w} = a.s_w + :workdays AND k.{work} = 1
WHERE a.e_w - a.s_w > :workdays

-- watch: T6
SELECT s.scope_id, s.as_of_n + 1 AS watch_n
FROM {cases} s
JOIN work_calendar ka ON ka.scope = s.calendar AND ka.day = s.applied_day
WHERE s.channel IN ('2', '3') AND s.handled_day IS NULL AND s.finished = 0 AND s.as_of_w - ka.workday_number <= :workdays

-- rule: T7
-- A term runs from the application, and again from each receipt of corrections; each is a subject of its own. What was met within as many
-- times 24 hours is not looked up in the calendar.
WITH term AS (
  SELECT s.scope_id, s.case_id, s.calendar, s.as_of_at, s.as_of_day, '' AS subject, s.applied_day AS day, s.applied_at AS at,
    0 AS again, s.handled_day AS decided_day, s.completed_day
  FROM {cases} s
  WHERE s.handled_at IS NULL OR s.applied_at IS NULL OR s.handled_at - s.applied_at > :workdays * 86400000000
  UNION ALL
  SELECT s.scope_id, s.case_id, s.calendar, s.as_of_at, s.as_of_day, @concat('receipt ', r.ordinal), r.received_day,
    r.received_at, 1, CASE WHEN s.status IN ('1', '2') THEN s.handled_day END, s.completed_day
  FROM {cases} s JOIN correction_receipt r ON r.case_id = s.case_id AND @known(r, received)
  WHERE s.completed_at IS NULL OR r.received_at IS NULL OR s.completed_at - r.received_at > :workdays * 86400000000
),
late AS (
  SELECT s.*, ka.day_number AS s_n, ka.{w} AS s_w, ke.day_number AS e_n, ke.{w} AS e_w
  FROM term s
  JOIN work_calendar ka ON ka.scope = s.calendar AND ka.day = s.day
  JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = CASE
    WHEN s.decided_day <= s.completed_day THEN s.decided_day ELSE COALESCE(s.completed_day, s.decided_day, s.as_of_day) END
  WHERE ke.{w} - ka.{w} > :workdays
),
told AS (
  SELECT s.scope_id, s.subject, MIN(k.{w}) AS w, MIN(k.day_number) AS n FROM late s
  JOIN correction_notice x ON x.case_id = s.case_id AND @known(x, notified) AND (s.again = 0
    OR (x.notified_at > s.at OR ((x.notified_at IS NULL OR s.at IS NULL) AND x.notified_day >= s.day)))
  JOIN work_calendar k ON k.scope = s.calendar AND k.day = x.notified_day
  GROUP BY s.scope_id, s.subject
),
answered AS (
  SELECT l.scope_id, l.subject, l.calendar, l.s_n, l.s_w, @least(l.e_w, COALESCE(t.w, l.e_w)) AS e_w,
    @least(l.e_n, COALESCE(t.n, l.e_n)) AS e_n
  FROM late l LEFT JOIN told t ON t.scope_id = l.scope_id AND t.subject = l.subject
)
SELECT a.scope_id, a.subject, a.e_w - a.s_w AS used, :workdays AS limit_value, a.e_w - a.s_w - :workdays AS excess,
  'W' AS unit, k.day_number AS due_n, a.s_n AS since_n, a.e_n AS until_n
FROM answered a
LEFT JOIN work_calendar k ON k.scope = a.calendar AND k.{w} = a.s_w + :workdays AND k.{work} = 1
WHERE a.e_w - a.s_w > :workdays

-- watch: T7
SELECT s.scope_id, s.as_of_n + 1 AS watch_n FROM {cases} s
WHERE s.finished = 0 AND (s.status IS NULL OR s.status NOT IN ('1', '2'))

-- rule: T8
SELECT s.scope_id, ke.{w} - ks.{w} AS used, :workdays AS limit_value, ke.{w} - ks.{w} - :workdays AS excess, 'W' AS unit,
  kl.day_number AS due_n, ks.day_number AS since_n, ke.day_number AS until_n
FROM {cases} s
LEFT JOIN delivery d ON d.case_id = s.case_id AND @known(d, delivered)
JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.completed_day
JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(d.delivered_day, s.as_of_day)
LEFT JOIN work_calendar kl ON kl.scope = s.calendar AND kl.{w} = ks.{w} + :workdays AND kl.{work} = 1
WHERE s.result = '0' AND ke.{w} - ks.{w} > :workdays

-- watch: T8
SELECT s.scope_id, kl.day_number AS watch_n
FROM {cases} s
LEFT JOIN delivery d ON d.case_id = s.case_id
JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.completed_day
JOIN work_calendar kl ON kl.scope = s.calendar AND kl.workday_number = ks.workday_number + :workdays + 1
  AND kl.is_workday = 1 AND kl.day_number - s.as_of_n > 0
WHERE s.result = '0' AND d.case_id IS NULL

-- rule: T9
-- All extensions together in working days: W as they are, H in days of 24 rounded up, D and M the working days among the days
-- that follow the last day of the limit (without a limit there are none to tell); null adds nothing.
WITH total AS (
  SELECT e.scope_id, c.s_n, c.extension_cap AS cap, e.days + e.months AS natural_days,
    e.workdays + CASE WHEN e.days + e.months > 0 AND r.last_w IS NOT NULL THEN COALESCE(kt.{w} - r.last_w, 9999) ELSE 0 END
      AS granted
  FROM {p}extension e
  JOIN {p}case c ON c.scope_id = e.scope_id
  LEFT JOIN {p}reach r ON r.scope_id = e.scope_id AND r.kind = 'S' AND r.k = 0 AND r.last_n IS NOT NULL
  LEFT JOIN work_calendar kb ON kb.scope = c.scope AND kb.day_number = r.last_n
  LEFT JOIN work_calendar km ON km.scope = c.scope AND km.month_number = kb.month_number + e.months
    AND (km.month_day = kb.month_day OR (km.month_last = 1 AND km.month_day < kb.month_day))
  LEFT JOIN work_calendar kt ON kt.scope = c.scope AND kt.day_number = km.day_number + e.days
  WHERE NOT EXISTS (SELECT 1 FROM {p}extension f WHERE f.scope_id = e.scope_id AND f.k > e.k)
),
blank AS (
  SELECT s.scope_id, COUNT(*) AS blanks FROM {cases} s
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind = '1' AND @known(q, started)
  WHERE TRIM(q.approver) = '' OR TRIM(q.basis) = ''
  GROUP BY s.scope_id
)
SELECT s.scope_id, t.granted AS used, t.cap AS limit_value,
  CASE WHEN t.granted > t.cap THEN t.granted - t.cap ELSE 0 END AS excess, 'W' AS unit,
  CASE WHEN t.natural_days > 0 THEN t.s_n END AS since_n, CASE WHEN t.natural_days > 0 THEN 999999 END AS until_n,
  @json('extensions_without_approver_or_basis', COALESCE(b.blanks, 0)) AS evidence
FROM {cases} s
JOIN total t ON t.scope_id = s.scope_id
LEFT JOIN blank b ON b.scope_id = s.scope_id
WHERE t.granted > t.cap OR b.blanks > 0

-- rule: T12
SELECT s.scope_id, @concat('notice ', x.seq) AS subject, s.as_of_n - ks.day_number AS used, :days AS limit_value,
  s.as_of_n - kl.day_number AS excess, 'D' AS unit, kl.day_number AS due_n, ks.day_number AS since_n, s.as_of_n AS until_n
FROM {cases} s
JOIN correction_notice x ON x.case_id = s.case_id AND @known(x, notified)
JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = x.notified_day
JOIN work_calendar kd ON kd.scope = s.calendar AND kd.day_number = ks.day_number + :days
JOIN work_calendar kl ON kl.scope = s.calendar AND kl.{w} = kd.{w} + 1 - kd.{work} AND kl.{work} = 1
WHERE s.finished = 0 AND s.as_of_n - kl.day_number > 0 AND NOT EXISTS (
  SELECT 1 FROM correction_receipt r WHERE r.case_id = s.case_id AND r.notice_seq = x.seq AND @known(r, received))

-- watch: T12
-- The last day rolls to a working day: the 60th natural day may be too early, which is harmless.
SELECT s.scope_id, MIN(CASE WHEN k.day_number + :days < s.as_of_n THEN s.as_of_n + 1 ELSE k.day_number + :days + 1 END) AS watch_n
FROM {cases} s
JOIN correction_notice x ON x.case_id = s.case_id
JOIN work_calendar k ON k.scope = s.calendar AND k.day = x.notified_day
WHERE s.finished = 0 AND k.day_number + :days + 60 >= s.as_of_n AND NOT EXISTS (
  SELECT 1 FROM correction_receipt r WHERE r.case_id = s.case_id AND r.notice_seq = x.seq)
GROUP BY s.scope_id

-- rule: T14
WITH issued AS (
  SELECT s.scope_id, s.calendar, s.as_of_n, s.as_of_w, MIN(c.issued_on) AS day
  FROM {cases} s
  JOIN {card} c ON c.case_id = s.case_id AND c.rule = 'T2' AND c.state <> '撤销' AND c.issued_on <= s.as_of_day
  GROUP BY s.scope_id, s.calendar, s.as_of_n, s.as_of_w
)
SELECT i.scope_id, i.as_of_w - k.{w} AS used, :workdays AS limit_value, i.as_of_w - k.{w} - :workdays AS excess,
  'W' AS unit, kl.day_number AS due_n, k.day_number AS since_n, i.as_of_n AS until_n
FROM issued i
JOIN work_calendar k ON k.scope = i.calendar AND k.day = i.day
LEFT JOIN work_calendar kl ON kl.scope = i.calendar AND kl.{w} = k.{w} + :workdays AND kl.{work} = 1
WHERE i.as_of_w - k.{w} > :workdays

-- watch: T14
SELECT s.scope_id, s.as_of_n + 1 AS watch_n FROM {cases} s
WHERE EXISTS (SELECT 1 FROM card c WHERE c.case_id = s.case_id AND c.rule = 'T2' AND c.state <> '撤销')

-- rule: T10
-- Past when a working day after the last one has begun, as every limit in working days.
-- An escalation is not escalated itself, nor a card that an order takes care of (T11). The card of a case stays a card of that case.
-- Certain only if it would stand with the same last day were every unpublished day a rest day.
SELECT s.scope_id, a.case_id, a.handler, a.step, CASE WHEN a.level < 3 THEN a.level + 1 ELSE 3 END AS level,
  kt.workday_number - ki.workday_number AS used, kd.workday_number - ki.workday_number AS limit_value,
  kt.workday_number - kd.workday_number AS excess, 'W' AS unit, kd.day_number AS due_n,
  @json('card', a.card_id, 'rule', a.rule, 'level', a.level) AS evidence,
  CASE WHEN kt.strict_number > kd.strict_number AND (a.answered_on IS NULL OR ka.strict_number > kd.strict_number)
    AND kd.strict_number - ki.strict_number = kd.workday_number - ki.workday_number THEN 0 ELSE 1 END AS provisional
FROM {units} s
JOIN {card} a ON a.card_id = s.ref
{regions}
JOIN work_calendar kt ON kt.scope = {calendar} AND kt.day = s.as_of_day
JOIN work_calendar ki ON ki.scope = {calendar} AND ki.day = a.issued_on
JOIN work_calendar kd ON kd.scope = {calendar} AND kd.day = a.feedback_due_on
LEFT JOIN work_calendar ka ON ka.scope = {calendar} AND ka.day = a.answered_on
WHERE a.rule NOT IN ('T10', 'T11') AND a.state <> '撤销' AND kt.workday_number > kd.workday_number
  AND (a.answered_on IS NULL OR ka.workday_number > kd.workday_number)
  AND NOT EXISTS (SELECT 1 FROM supervision_order o
    WHERE o.card_id = a.card_id AND o.started_on <= a.feedback_due_on AND o.state <> '已撤销')

-- rule: T11
-- One card for each hand that had, or has, the order past its last day; of a hand that comes again, again.
SELECT s.scope_id, a.case_id, h.hand AS step,
  COALESCE(h.actor, CASE h.role WHEN 'supervisor' THEN a.monitor ELSE a.org_name END) AS handler,
  CASE WHEN a.level < 3 THEN a.level + 1 ELSE 3 END AS level,
  kt.workday_number - ko.workday_number AS used, kd.workday_number - ko.workday_number AS limit_value,
  kt.workday_number - kd.workday_number AS excess, 'W' AS unit, kd.day_number AS due_n,
  @json('order', a.order_id, 'hand', h.number, 'name', h.hand, 'level', a.level) AS evidence,
  CASE WHEN kt.strict_number > kd.strict_number AND (h.done_on IS NULL OR kf.strict_number > kd.strict_number)
    AND kd.strict_number - ko.strict_number = kd.workday_number - ko.workday_number THEN 0 ELSE 1 END AS provisional
FROM {units} s
JOIN {order_hand} h ON h.order_id = s.ref AND h.number = s.item_version
JOIN supervision_order a ON a.order_id = h.order_id
{regions}
JOIN work_calendar kt ON kt.scope = {calendar} AND kt.day = s.as_of_day
JOIN work_calendar kd ON kd.scope = {calendar} AND kd.day = h.due_on
JOIN work_calendar ko ON ko.scope = {calendar} AND ko.day = h.opened_on
LEFT JOIN work_calendar kf ON kf.scope = {calendar} AND kf.day = h.done_on
WHERE a.state <> '已撤销' AND kt.workday_number > kd.workday_number
  AND (h.done_on IS NULL OR kf.workday_number > kd.workday_number)

-- rule: T13
-- Limits of like units are compared as numbers, of unlike units by their last instants from the acceptance of a case, on the
-- axis of working hours; last days are working days, so that each has its place there.
WITH told AS (
  SELECT s.scope_id, ks.day_number AS s_n, ks.{w} AS s_w, @hours(ks, p.handled_at) AS s_h, {calendar} AS calendar,
    ks.month_number, ks.month_day, {promised_limit} AS p_limit, COALESCE({promised_limit_unit}, 'W') AS p_unit,
    {statutory_limit} AS s_limit, COALESCE({statutory_limit_unit}, 'W') AS s_unit
  FROM approval_case a
  {at_hand}
  JOIN case_head h ON h.id = a.case_id AND h.state = 'current'
  JOIN {p}system y ON y.code = h.system
  LEFT JOIN application ia ON ia.case_id = a.case_id
  {catalogue}
  {regions}
  JOIN {units} s ON s.item_code = {item_code} AND s.item_version = COALESCE({item_version}, a.item_version, 0)
  LEFT JOIN acceptance p ON p.case_id = a.case_id AND p.status = '1' AND @known(p, handled)
  LEFT JOIN work_calendar ks ON ks.scope = {calendar} AND ks.day = p.handled_day
  WHERE {promised_limit} > 0 AND {statutory_limit} > 0 AND COALESCE(p.handled_day, ia.applied_day, s.as_of_day) >= y.from_day
    AND (COALESCE({promised_limit_unit}, 'W') <> COALESCE({statutory_limit_unit}, 'W') OR {promised_limit} > {statutory_limit})
),
ends AS (
  SELECT t.*,
    CASE t.p_unit WHEN 'W' THEN (t.s_w + t.p_limit) * 86400000000 WHEN 'H' THEN t.s_h + t.p_limit * 3600000000
      WHEN 'D' THEN (pd.{w} + 1 - pd.{work}) * 86400000000 ELSE (pm.{w} + 1 - pm.{work}) * 86400000000 END AS p_end,
    CASE t.s_unit WHEN 'W' THEN (t.s_w + t.s_limit) * 86400000000 WHEN 'H' THEN t.s_h + t.s_limit * 3600000000
      WHEN 'D' THEN (sd.{w} + 1 - sd.{work}) * 86400000000 ELSE (sm.{w} + 1 - sm.{work}) * 86400000000 END AS s_end
  FROM told t
  LEFT JOIN work_calendar pd ON pd.scope = t.calendar AND pd.day_number = CASE t.p_unit WHEN 'D' THEN t.s_n + t.p_limit END
  LEFT JOIN work_calendar sd ON sd.scope = t.calendar AND sd.day_number = CASE t.s_unit WHEN 'D' THEN t.s_n + t.s_limit END
  LEFT JOIN work_calendar pm ON pm.scope = t.calendar AND pm.month_number = CASE t.p_unit WHEN 'M' THEN t.month_number + t.p_limit END
    AND (pm.month_day = t.month_day OR (pm.month_last = 1 AND pm.month_day < t.month_day))
  LEFT JOIN work_calendar sm ON sm.scope = t.calendar AND sm.month_number = CASE t.s_unit WHEN 'M' THEN t.month_number + t.s_limit END
    AND (sm.month_day = t.month_day OR (sm.month_last = 1 AND sm.month_day < t.month_day))
),
wrong AS (
  SELECT e.scope_id, e.p_limit, e.p_unit, e.s_limit, e.s_unit FROM ends e
  WHERE CASE WHEN e.p_unit = e.s_unit THEN e.p_limit > e.s_limit ELSE e.p_end > e.s_end END
  UNION ALL
  SELECT s.scope_id, v.promised_limit, COALESCE(v.promised_limit_unit, 'W'), v.statutory_limit,
    COALESCE(v.statutory_limit_unit, 'W')
  FROM {units} s
  JOIN service_item v ON v.item_code = s.item_code AND v.version = s.item_version AND v.state = 'in_force'
  WHERE COALESCE(v.promised_limit_unit, 'W') = COALESCE(v.statutory_limit_unit, 'W')
    AND v.statutory_limit > 0 AND v.promised_limit > v.statutory_limit
)
SELECT w.scope_id, MAX(w.p_limit) AS used, MAX(w.s_limit) AS limit_value, MAX(w.p_unit) AS unit,
  @json('promised', MAX(w.p_limit), 'promised_unit', MAX(w.p_unit), 'statutory', MAX(w.s_limit), 'statutory_unit', MAX(w.s_unit))
    AS evidence
FROM wrong w
GROUP BY w.scope_id
