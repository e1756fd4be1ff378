-- The cases as they were known, and the limits that run on them, as sets. docs/rules/time.md says in words what each step means.
--
-- Axes. A limit runs on one of three integer axes: W workday_number, D day_number, H microseconds of working days
-- (24 hours of each). M runs on D. On an axis, elapsed time is a subtraction, a pause (a, b] costs b - a, and the last
-- instant is start + limit + pauses, so nothing here ever walks over days.
--
-- {p} is the prefix of the temporary tables; {w} and {work} are the calendar's columns of the reading that is judged
-- with (as presumed, or strict: unpublished days are rest days). {regions} and {calendar} find the calendar of a region.
-- {catalogue} joins the version of the item that was in force on the day of application; {promised_limit},
-- {promised_limit_unit}, {statutory_limit}, {statutory_limit_unit} are its limits, else those of the message.
-- @hours(k, x): the instant x on axis H, where k is the calendar row of its day. @days_up(x): H in days, rounded up.
-- @whole(x): x as an integer. @least, @greatest: the database's word. @known(t, x): event x of table t is known as of s.as_of.


-- name: create base
-- One row per scoped case that is supervised, as it was known: the table that the rules of the library read. An event that
-- was not known as of then is null; docs/rules/adding-a-rule.md lists the columns.
CREATE TEMPORARY TABLE {p}base (
  scope_id BIGINT NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL, only_rule VARCHAR(20), system VARCHAR(64) NOT NULL,
  calendar VARCHAR(12) NOT NULL, as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL, as_of_n BIGINT NOT NULL,
  as_of_w BIGINT NOT NULL, applied_at BIGINT, applied_day DATE, channel VARCHAR(1), status VARCHAR(1),
  handled_at BIGINT, handled_day DATE, promised_day DATE, finished SMALLINT NOT NULL, result VARCHAR(1),
  completed_at BIGINT, completed_day DATE, case_type VARCHAR(1), is_joint SMALLINT NOT NULL, org_uscc VARCHAR(18),
  region_code VARCHAR(12), item_code VARCHAR(40), item_version INTEGER, promised BIGINT, promised_unit VARCHAR(1),
  statutory BIGINT, statutory_unit VARCHAR(1)
)

-- name: create barred
-- The current cases that are not supervised, with the reason.
CREATE TEMPORARY TABLE {p}barred (
  scope_id BIGINT NOT NULL PRIMARY KEY, reason VARCHAR(40) NOT NULL, status VARCHAR(1), finished SMALLINT NOT NULL
)

-- name: create finding
-- What the rules found. `subject` is '' where the case as a whole is meant. Days are day numbers; since_n to until_n (or
-- due_n, if later) are the days that the verdict rests on, null for a rule that counts no days.
CREATE TEMPORARY TABLE {p}finding (
  rule VARCHAR(20) NOT NULL, scope_id BIGINT NOT NULL, subject VARCHAR(200) NOT NULL, level SMALLINT,
  used DOUBLE PRECISION, limit_value DOUBLE PRECISION, excess DOUBLE PRECISION, unit VARCHAR(1),
  due_n BIGINT, since_n BIGINT, until_n BIGINT, extension BIGINT, case_id BIGINT, step VARCHAR(200),
  handler VARCHAR(200), evidence TEXT, provisional SMALLINT NOT NULL,
  PRIMARY KEY (scope_id, rule, subject)
)

-- name: create watch
-- The days with whose begin a verdict could change although no datum does.
CREATE TEMPORARY TABLE {p}watch (scope_id BIGINT NOT NULL, watch_n BIGINT NOT NULL)

-- name: create case
-- One row per scoped case that may hold a finding, with its run from acceptance (s_) to its end so far (e_).
CREATE TEMPORARY TABLE {p}case (
  scope_id BIGINT NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL, as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL,
  scope VARCHAR(12) NOT NULL, finished SMALLINT NOT NULL,
  s_n BIGINT NOT NULL, s_w BIGINT NOT NULL, s_h BIGINT, s_month INTEGER NOT NULL, s_month_day INTEGER NOT NULL,
  e_n BIGINT NOT NULL, e_w BIGINT NOT NULL, e_h BIGINT,
  promised BIGINT, promised_unit VARCHAR(1), statutory BIGINT, statutory_unit VARCHAR(1), extension_cap BIGINT NOT NULL
)

-- name: create step
-- The steps that have run longer than their own limit, before pauses are deducted; each from s_ to e_.
CREATE TEMPORARY TABLE {p}step (
  scope_id BIGINT NOT NULL, seq INTEGER NOT NULL, unit VARCHAR(1) NOT NULL, stated BIGINT NOT NULL,
  s_n BIGINT NOT NULL, s_w BIGINT NOT NULL, s_h BIGINT, s_month INTEGER NOT NULL, s_month_day INTEGER NOT NULL,
  e_n BIGINT NOT NULL, e_w BIGINT NOT NULL, e_h BIGINT,
  PRIMARY KEY (scope_id, seq)
)

-- name: create extended
-- The cases with an extension.
CREATE TEMPORARY TABLE {p}extended (scope_id BIGINT NOT NULL PRIMARY KEY)

-- name: create limit
-- One row per judged limit: kind P promised, S statutory, step-<seq> of a step; `length` on the limit's axis from a0 to a1,
-- where what runs on it ends.
CREATE TEMPORARY TABLE {p}limit (
  scope_id BIGINT NOT NULL, kind VARCHAR(20) NOT NULL, unit VARCHAR(1) NOT NULL, axis VARCHAR(1) NOT NULL,
  stated BIGINT NOT NULL, length BIGINT NOT NULL, a0 BIGINT NOT NULL, a1 BIGINT NOT NULL,
  PRIMARY KEY (scope_id, kind)
)

-- name: create pause
-- One row per pause, on all three axes, clipped to the case's run; raw_n is the day on which it really began.
CREATE TEMPORARY TABLE {p}pause (
  scope_id BIGINT NOT NULL, source VARCHAR(1) NOT NULL, seq INTEGER NOT NULL, raw_n BIGINT NOT NULL,
  a_n BIGINT NOT NULL, a_w BIGINT NOT NULL, a_h BIGINT, b_n BIGINT NOT NULL, b_w BIGINT NOT NULL, b_h BIGINT,
  PRIMARY KEY (scope_id, source, seq)
)

-- name: create island
-- The union of a case's pauses per axis: disjoint (a, b], and the paused length before a.
CREATE TEMPORARY TABLE {p}island (
  scope_id BIGINT NOT NULL, axis VARCHAR(1) NOT NULL, a BIGINT NOT NULL, b BIGINT NOT NULL, earlier BIGINT NOT NULL,
  PRIMARY KEY (scope_id, axis, a)
)

-- name: create extension
-- The extensions of a case in order of begin (k from 1), with running sums; g_ is their begin, at most the case's end.
CREATE TEMPORARY TABLE {p}extension (
  scope_id BIGINT NOT NULL, k INTEGER NOT NULL, g_n BIGINT NOT NULL, g_w BIGINT NOT NULL, g_h BIGINT,
  workdays BIGINT NOT NULL, days BIGINT NOT NULL, months BIGINT NOT NULL, endless SMALLINT NOT NULL,
  PRIMARY KEY (scope_id, k)
)

-- name: create walk
-- What is to be walked: from `origin` on `axis`, `length` unpaused units. k = 0 is the limit, k >= 1 that many extensions.
CREATE TEMPORARY TABLE {p}walk (
  scope_id BIGINT NOT NULL, kind VARCHAR(20) NOT NULL, k INTEGER NOT NULL, axis VARCHAR(1) NOT NULL,
  origin BIGINT NOT NULL, length BIGINT NOT NULL, extension BIGINT NOT NULL,
  PRIMARY KEY (scope_id, kind, k)
)

-- name: create reach
-- Where each walk ends: the last day (n, w), and `last` on the limit's own axis; null beyond the calendar's range.
CREATE TEMPORARY TABLE {p}reach (
  scope_id BIGINT NOT NULL, kind VARCHAR(20) NOT NULL, k INTEGER NOT NULL, extension BIGINT NOT NULL,
  last_n BIGINT, last_w BIGINT, last BIGINT,
  PRIMARY KEY (scope_id, kind, k)
)

-- name: create verdict
-- What came out: `late` counted units after the last day; `extra` is what the extensions added, on the limit's axis.
CREATE TEMPORARY TABLE {p}verdict (
  scope_id BIGINT NOT NULL, kind VARCHAR(20) NOT NULL, unit VARCHAR(1) NOT NULL, stated BIGINT NOT NULL,
  length BIGINT NOT NULL, extra BIGINT NOT NULL, extension BIGINT NOT NULL, used BIGINT NOT NULL, late BIGINT NOT NULL,
  last_n BIGINT, workdays_left BIGINT, finished SMALLINT NOT NULL, first_day SMALLINT NOT NULL,
  PRIMARY KEY (scope_id, kind)
)


-- name: fill base
INSERT INTO {p}base
SELECT s.scope_id, s.case_id, s.only_rule, h.system, {calendar}, s.as_of_at, s.as_of_day, ka.day_number, ka.{w},
  ia.applied_at, ia.applied_day, ia.channel, p.status, p.handled_at, p.handled_day, p.promised_day,
  CASE WHEN f.case_id IS NULL THEN 0 ELSE 1 END, f.result, f.completed_at, f.completed_day,
  a.case_type, CASE WHEN a.case_type = '5' OR TRIM(a.parallel_project_no) <> '' THEN 1 ELSE 0 END,
  a.org_uscc, a.region_code, {item_code}, {item_version},
  CASE WHEN {promised_limit} > 0 THEN {promised_limit} END,
  CASE WHEN {promised_limit} > 0 THEN COALESCE({promised_limit_unit}, 'W') END,
  CASE WHEN {statutory_limit} > 0 THEN {statutory_limit} END,
  CASE WHEN {statutory_limit} > 0 THEN COALESCE({statutory_limit_unit}, 'W') END
FROM {p}scope s
JOIN case_head h ON h.id = s.case_id AND h.state = 'current'
JOIN {p}system y ON y.code = h.system
JOIN approval_case a ON a.case_id = s.case_id
LEFT JOIN application ia ON ia.case_id = a.case_id
{catalogue}
LEFT JOIN acceptance p ON p.case_id = s.case_id AND @known(p, handled)
LEFT JOIN completion f ON f.case_id = s.case_id AND @known(f, completed)
{regions}
JOIN work_calendar ka ON ka.scope = {calendar} AND ka.day = s.as_of_day
WHERE COALESCE(p.handled_day, ia.applied_day, s.as_of_day) >= y.from_day

-- name: fill barred
INSERT INTO {p}barred
SELECT s.scope_id, CASE WHEN y.code IS NULL THEN 'system_on_trial' WHEN ka.day IS NULL THEN 'outside_calendar'
  ELSE 'before_supervise_from' END, p.status, CASE WHEN f.case_id IS NULL THEN 0 ELSE 1 END
FROM {p}scope s
JOIN case_head h ON h.id = s.case_id AND h.state = 'current'
LEFT JOIN {p}base b ON b.scope_id = s.scope_id
LEFT JOIN {p}system y ON y.code = h.system
LEFT JOIN work_calendar ka ON ka.scope = '' AND ka.day = s.as_of_day
LEFT JOIN acceptance p ON p.case_id = s.case_id AND @known(p, handled)
LEFT JOIN completion f ON f.case_id = s.case_id AND @known(f, completed)
WHERE b.scope_id IS NULL

-- name: watch unknown
-- Cases with an event that is reported and not yet known as of then: looked at again at every run. Of all instants as of which
-- is judged, :from_at and :from_day are the earliest.
INSERT INTO {p}watch
SELECT s.scope_id, 0 FROM {p}base s JOIN acceptance x ON x.case_id = s.case_id WHERE @unknown(x, handled)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN completion x ON x.case_id = s.case_id WHERE @unknown(x, completed)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN delivery x ON x.case_id = s.case_id WHERE @unknown(x, delivered)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN step x ON x.case_id = s.case_id WHERE @unknown(x, started) OR @unknown(x, ended)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN correction_notice x ON x.case_id = s.case_id WHERE @unknown(x, notified)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN correction_receipt x ON x.case_id = s.case_id WHERE @unknown(x, received)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN special_procedure x ON x.case_id = s.case_id WHERE @unknown(x, started)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN special_procedure_result x ON x.case_id = s.case_id WHERE @unknown(x, ended)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN fee x ON x.case_id = s.case_id WHERE @unknown(x, charged)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN material x ON x.case_id = s.case_id WHERE @unknown(x, received)
UNION SELECT s.scope_id, 0 FROM {p}base s JOIN evaluation x ON x.case_id = s.case_id WHERE @unknown(x, evaluated)

-- name: fill step
-- A step's own limit is that of the item's flow where it sets one, else the message's; of a risk point a share of it. Without StartedAt there is none to
-- count from; everything stops at completion. What lasted no longer by the clock than its limit has days is not looked up in the calendar.
INSERT INTO {p}step
SELECT t.scope_id, t.seq, t.unit, t.stated, t.s_n, t.s_w, t.s_h, t.month_number, t.month_day, t.e_n, t.e_w, t.e_h
FROM (
  SELECT s.scope_id, x.seq, ks.day_number AS s_n, ks.{w} AS s_w, @hours(ks, x.started_at) AS s_h, ks.month_number,
    ks.month_day, @least(ke.day_number, kc.day_number) AS e_n, @least(ke.{w}, kc.{w}) AS e_w,
    @least(@hours(ke, CASE WHEN x.ended_day IS NULL THEN s.as_of_at ELSE x.ended_at END),
      @hours(kc, CASE WHEN s.finished = 0 THEN s.as_of_at ELSE s.completed_at END)) AS e_h,
    x.hours_known, x.stated, x.unit
  FROM (
    SELECT s.scope_id, x.seq, x.started_at, x.started_day,
      CASE WHEN @known(x, ended) THEN x.ended_at END AS ended_at, CASE WHEN @known(x, ended) THEN x.ended_day END AS ended_day,
      CASE WHEN x.started_at IS NULL OR (x.ended_at IS NULL AND @known(x, ended))
        OR (s.finished = 1 AND s.completed_at IS NULL) OR (s.status = '1' AND s.handled_at IS NULL)
        THEN 0 ELSE 1 END AS hours_known,
      CASE WHEN COALESCE(g.risk_category, g.risk_description, x.risk_category, x.risk_description, '') = '' OR :risk_percent = 100
        THEN CASE WHEN g.step_limit > 0 THEN g.step_limit ELSE x.step_limit END
        ELSE @greatest(1, @quotient(CASE WHEN g.step_limit > 0 THEN g.step_limit ELSE x.step_limit END * :risk_percent, 100))
        END AS stated,
      COALESCE(CASE WHEN g.step_limit > 0 THEN g.step_limit_unit ELSE x.step_limit_unit END, 'W') AS unit
    FROM {p}base s
    JOIN step x ON x.case_id = s.case_id AND @known(x, started)
    LEFT JOIN item_flow_step g ON g.item_code = s.item_code AND g.version = s.item_version AND g.step_code = x.step_code
    WHERE (x.step_limit > 0 OR g.step_limit > 0) AND (s.only_rule IS NULL OR s.only_rule = 'T4')
  ) x
  JOIN {p}base s ON s.scope_id = x.scope_id
  JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = x.started_day
  JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(x.ended_day, s.as_of_day)
  JOIN work_calendar kc ON kc.scope = s.calendar AND kc.day = COALESCE(s.completed_day, s.as_of_day)
  WHERE x.started_at IS NULL OR x.ended_at IS NULL
    OR x.ended_at - x.started_at > x.stated * CASE x.unit WHEN 'H' THEN 3600000000 ELSE 86400000000 END
) t
WHERE CASE t.unit WHEN 'W' THEN t.e_w - t.s_w > t.stated WHEN 'D' THEN t.e_n - t.s_n > t.stated
  WHEN 'M' THEN t.e_n - t.s_n > t.stated * 28 ELSE t.hours_known = 1 AND t.e_h - t.s_h > t.stated * 3600000000 END

-- name: fill extended
INSERT INTO {p}extended
SELECT DISTINCT s.scope_id FROM {p}base s
JOIN special_procedure q ON q.case_id = s.case_id AND q.kind = '1' AND @known(q, started)
WHERE s.only_rule IS NULL OR s.only_rule = 'T9'

-- name: fill case
-- Pauses and extensions only ever help a case, so what cannot be near its limit without them is left out here already, unless
-- {every} is 1. A case that was not accepted runs on no limit of its own and has no pauses: it begins where it ends.
INSERT INTO {p}case
SELECT * FROM (
  SELECT s.scope_id, s.case_id, s.as_of_at, s.as_of_day, s.calendar AS scope, s.finished,
    ks.day_number AS s_n, ks.{w} AS s_w,
    @hours(ks, CASE WHEN s.status = '1' THEN s.handled_at WHEN s.finished = 0 THEN s.as_of_at ELSE s.completed_at END) AS s_h,
    ks.month_number, ks.month_day,
    ke.day_number AS e_n, ke.{w} AS e_w, @hours(ke, CASE WHEN s.finished = 0 THEN s.as_of_at ELSE s.completed_at END) AS e_h,
    CASE WHEN s.status <> '1' OR s.status IS NULL THEN NULL WHEN s.promised IS NOT NULL THEN s.promised
         WHEN kp.day_number > ks.day_number THEN kp.day_number - ks.day_number END AS promised,
    COALESCE(s.promised_unit, 'D') AS promised_unit, CASE WHEN s.status = '1' THEN s.statutory END AS statutory,
    s.statutory_unit,
    CASE WHEN s.is_joint = 1 THEN :extension_cap_joint ELSE :extension_cap END AS extension_cap
  FROM {p}base s
  JOIN work_calendar ks ON ks.scope = s.calendar
    AND ks.day = CASE WHEN s.status = '1' THEN s.handled_day ELSE COALESCE(s.completed_day, s.as_of_day) END
  JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = COALESCE(s.completed_day, s.as_of_day)
  LEFT JOIN work_calendar kp ON kp.scope = s.calendar AND kp.day = s.promised_day AND s.promised IS NULL
  WHERE s.status = '1'
    OR s.scope_id IN (SELECT scope_id FROM {p}step) OR s.scope_id IN (SELECT scope_id FROM {p}extended)
) c
WHERE {every} = 1 OR (c.promised IS NOT NULL AND CASE c.promised_unit
    WHEN 'W' THEN c.e_w - c.s_w > c.promised OR (c.finished = 0 AND
      ((c.promised - c.e_w + c.s_w) * 100 <= c.promised * :share_percent OR c.promised - c.e_w + c.s_w <= :min_workdays))
    WHEN 'D' THEN c.finished = 0 OR c.e_n - c.s_n > c.promised
    WHEN 'M' THEN c.finished = 0 OR c.e_n - c.s_n > c.promised * 28
    ELSE c.s_h IS NOT NULL AND c.e_h IS NOT NULL AND (c.finished = 0 OR c.e_h - c.s_h > c.promised * 3600000000) END)
OR (c.statutory IS NOT NULL AND CASE c.statutory_unit
    WHEN 'W' THEN c.e_w - c.s_w > c.statutory
    WHEN 'D' THEN c.e_n - c.s_n > c.statutory
    WHEN 'M' THEN c.e_n - c.s_n > c.statutory * 28
    ELSE c.e_h - c.s_h > c.statutory * 3600000000 END)
OR c.scope_id IN (SELECT scope_id FROM {p}step) OR c.scope_id IN (SELECT scope_id FROM {p}extended)

-- name: fill limit
-- A limit of n months is the natural days to the same day n months on, or to the last of a shorter month. A finished case with
-- limits in working days alone that, less its pauses, used no more of them than the shorter one has is late by none: nothing of it is
-- walked, unless {every} is 1.
INSERT INTO {p}limit
WITH needed AS (
  SELECT c.* FROM {p}case c
  LEFT JOIN (SELECT scope_id, SUM(b - a) AS paused FROM {p}island WHERE axis = 'W' GROUP BY scope_id) i ON i.scope_id = c.scope_id
  WHERE {every} = 1 OR c.finished = 0
    OR (c.promised IS NOT NULL AND c.promised_unit <> 'W') OR (c.statutory IS NOT NULL AND c.statutory_unit <> 'W')
    OR c.e_w - c.s_w - COALESCE(i.paused, 0) > @least(COALESCE(c.promised, c.statutory), COALESCE(c.statutory, c.promised))
    OR c.scope_id IN (SELECT scope_id FROM {p}extended)
)
SELECT * FROM (
  SELECT c.scope_id, c.kind, c.unit, CASE c.unit WHEN 'M' THEN 'D' ELSE c.unit END AS axis, c.stated,
    CASE c.unit WHEN 'H' THEN c.stated * 3600000000 WHEN 'M' THEN km.day_number - c.s_n ELSE c.stated END AS length,
    CASE c.unit WHEN 'W' THEN c.s_w WHEN 'H' THEN c.s_h ELSE c.s_n END AS a0,
    CASE c.unit WHEN 'W' THEN c.e_w WHEN 'H' THEN c.e_h ELSE c.e_n END AS a1
  FROM (
    SELECT scope_id, scope, 'P' AS kind, promised_unit AS unit, promised AS stated,
      s_n, s_w, s_h, e_n, e_w, e_h, s_month, s_month_day FROM needed WHERE promised IS NOT NULL
    UNION ALL
    SELECT scope_id, scope, 'S', statutory_unit, statutory,
      s_n, s_w, s_h, e_n, e_w, e_h, s_month, s_month_day FROM needed WHERE statutory IS NOT NULL
    UNION ALL
    SELECT t.scope_id, c.scope, @concat('step-', t.seq), t.unit, t.stated,
      t.s_n, t.s_w, t.s_h, t.e_n, t.e_w, t.e_h, t.s_month, t.s_month_day
    FROM {p}step t JOIN {p}case c ON c.scope_id = t.scope_id
  ) c
  LEFT JOIN work_calendar km ON km.scope = c.scope AND km.month_number = CASE c.unit WHEN 'M' THEN c.s_month + c.stated END
    AND (km.month_day = c.s_month_day OR (km.month_last = 1 AND km.month_day < c.s_month_day))
) l
WHERE l.length IS NOT NULL AND l.a0 IS NOT NULL AND l.a1 IS NOT NULL

-- name: fill pause by special procedures
-- From the start to the earliest result, the cap of its own approved limit, or the case's end, whichever is first.
-- A day-precise start or end is the end of its day on axis H, so that a pause covers the same whole days everywhere.
INSERT INTO {p}pause
WITH ended AS (
  SELECT s.scope_id, r.procedure_seq AS seq, MIN(COALESCE(k.day_number, 0)) AS n, MIN(COALESCE(k.{w}, 0)) AS w,
    MIN(COALESCE(@hours(k, r.ended_at), k.{w} * 86400000000, 0)) AS h
  FROM {p}case s
  JOIN special_procedure_result r ON r.case_id = s.case_id AND @known(r, ended)
  LEFT JOIN work_calendar k ON k.scope = s.scope AND k.day = r.ended_day
  GROUP BY s.scope_id, r.procedure_seq
),
begun AS (
  SELECT s.scope_id, s.scope, s.s_n, s.s_w, s.s_h, s.e_n, s.e_w, s.e_h, q.seq,
    q.approved_limit AS granted, COALESCE(q.approved_limit_unit, 'W') AS unit,
    COALESCE(k.day_number, 0) AS n, COALESCE(k.{w}, 0) AS w,
    COALESCE(@hours(k, q.started_at), k.{w} * 86400000000, 0) AS h, k.month_number, k.month_day
  FROM {p}case s
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND @known(q, started)
  LEFT JOIN work_calendar k ON k.scope = s.scope AND k.day = q.started_day
  WHERE q.approved_limit IS NULL OR q.approved_limit > 0
),
capped AS (
  SELECT b.*,
    CASE WHEN b.granted IS NULL THEN NULL WHEN b.unit = 'W' THEN b.w + b.granted
         WHEN b.unit = 'H' THEN @days_up(b.h + b.granted * 3600000000)
         WHEN b.unit = 'D' THEN kd.{w} + 1 - kd.{work} ELSE km.{w} + 1 - km.{work} END AS cap_w
  FROM begun b
  LEFT JOIN work_calendar kd ON kd.scope = b.scope AND kd.day_number = CASE b.unit WHEN 'D' THEN b.n + b.granted END
  LEFT JOIN work_calendar km ON km.scope = b.scope AND km.month_number = CASE b.unit WHEN 'M' THEN b.month_number + b.granted END
    AND (km.month_day = b.month_day OR (km.month_last = 1 AND km.month_day < b.month_day))
)
SELECT * FROM (
  SELECT c.scope_id, 'P' AS source, c.seq, c.n AS raw_n, @greatest(c.n, c.s_n) AS a_n, @greatest(c.w, c.s_w) AS a_w, @greatest(c.h, c.s_h) AS a_h,
    @least(c.e_n, COALESCE(z.n, c.e_n), COALESCE(kc.day_number, c.e_n)) AS b_n,
    @least(c.e_w, COALESCE(z.w, c.e_w), COALESCE(c.cap_w, c.e_w)) AS b_w,
    @least(c.e_h, COALESCE(z.h, c.e_h), COALESCE(CASE WHEN c.granted IS NOT NULL AND c.unit = 'H'
      THEN c.h + c.granted * 3600000000 ELSE c.cap_w * 86400000000 END, c.e_h)) AS b_h
  FROM capped c
  LEFT JOIN ended z ON z.scope_id = c.scope_id AND z.seq = c.seq
  LEFT JOIN work_calendar kc ON kc.scope = c.scope AND kc.{w} = c.cap_w AND kc.{work} = 1
) x
WHERE x.b_n > x.a_n OR x.b_h > x.a_h

-- name: fill pause by corrections
-- From the notice to the earliest receipt that refers to it; no cap.
INSERT INTO {p}pause
WITH ended AS (
  SELECT s.scope_id, r.notice_seq AS seq, MIN(COALESCE(k.day_number, 0)) AS n, MIN(COALESCE(k.{w}, 0)) AS w,
    MIN(COALESCE(@hours(k, r.received_at), k.{w} * 86400000000, 0)) AS h
  FROM {p}case s
  JOIN correction_receipt r ON r.case_id = s.case_id AND @known(r, received)
  LEFT JOIN work_calendar k ON k.scope = s.scope AND k.day = r.received_day
  GROUP BY s.scope_id, r.notice_seq
),
begun AS (
  SELECT s.scope_id, s.s_n, s.s_w, s.s_h, s.e_n, s.e_w, s.e_h, q.seq,
    COALESCE(k.day_number, 0) AS n, COALESCE(k.{w}, 0) AS w,
    COALESCE(@hours(k, q.notified_at), k.{w} * 86400000000, 0) AS h
  FROM {p}case s
  JOIN correction_notice q ON q.case_id = s.case_id AND @known(q, notified)
  LEFT JOIN work_calendar k ON k.scope = s.scope AND k.day = q.notified_day
)
SELECT * FROM (
  SELECT b.scope_id, 'C' AS source, b.seq, b.n AS raw_n, @greatest(b.n, b.s_n) AS a_n, @greatest(b.w, b.s_w) AS a_w, @greatest(b.h, b.s_h) AS a_h,
    @least(b.e_n, COALESCE(z.n, b.e_n)) AS b_n, @least(b.e_w, COALESCE(z.w, b.e_w)) AS b_w,
    @least(b.e_h, COALESCE(z.h, b.e_h)) AS b_h
  FROM begun b
  LEFT JOIN ended z ON z.scope_id = b.scope_id AND z.seq = b.seq
) x
WHERE x.b_n > x.a_n OR x.b_h > x.a_h

-- name: fill island
-- A pause opens a new island where it begins after everything before it has ended. Of the axes D and H only what a limit of
-- the case can run on; in working days the rules count whatever the limit's unit is. Equal pauses are one (UNION): each window sorts equal rows its own way.
INSERT INTO {p}island
WITH piece AS (
  SELECT scope_id, 'W' AS axis, a_w AS a, b_w AS b FROM {p}pause WHERE b_w > a_w
  UNION SELECT scope_id, 'D', a_n, b_n FROM {p}pause
    WHERE b_n > a_n AND scope_id IN (SELECT scope_id FROM {p}case WHERE (promised IS NOT NULL AND promised_unit IN ('D', 'M'))
        OR (statutory IS NOT NULL AND statutory_unit IN ('D', 'M'))
      UNION SELECT scope_id FROM {p}step WHERE unit IN ('D', 'M'))
  UNION SELECT scope_id, 'H', a_h, b_h FROM {p}pause
    WHERE b_h > a_h AND scope_id IN (SELECT scope_id FROM {p}case WHERE (promised IS NOT NULL AND promised_unit = 'H')
        OR (statutory IS NOT NULL AND statutory_unit = 'H')
      UNION SELECT scope_id FROM {p}step WHERE unit = 'H')
),
marked AS (
  SELECT scope_id, axis, a, b, MAX(b) OVER (
    PARTITION BY scope_id, axis ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS so_far
  FROM piece
),
numbered AS (
  SELECT scope_id, axis, a, b, SUM(CASE WHEN so_far >= a THEN 0 ELSE 1 END) OVER (
    PARTITION BY scope_id, axis ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
  FROM marked
),
joined AS (
  SELECT scope_id, axis, MIN(a) AS a, MAX(b) AS b FROM numbered GROUP BY scope_id, axis, number
)
SELECT scope_id, axis, a, b, COALESCE(SUM(b - a) OVER (
  PARTITION BY scope_id, axis ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
FROM joined

-- name: fill extension
-- Only a statutory limit is extended. Hours count in days of 24, rounded up; a day-precise begin is the start of its day.
INSERT INTO {p}extension
SELECT e.scope_id, ROW_NUMBER() OVER (PARTITION BY e.scope_id ORDER BY e.n, e.began, e.seq),
  @least(e.n, e.e_n), @least(e.w, e.e_w), @least(e.h, e.e_h),
  SUM(CASE e.unit WHEN 'W' THEN e.granted WHEN 'H' THEN @whole_days(e.granted) ELSE 0 END) OVER so_far,
  SUM(CASE e.unit WHEN 'D' THEN e.granted ELSE 0 END) OVER so_far,
  SUM(CASE e.unit WHEN 'M' THEN e.granted ELSE 0 END) OVER so_far,
  MAX(e.endless) OVER so_far
FROM (
  SELECT s.scope_id, s.e_n, s.e_w, s.e_h, q.seq, COALESCE(q.approved_limit_unit, 'W') AS unit,
    CASE WHEN q.approved_limit > 0 THEN q.approved_limit ELSE 0 END AS granted,
    CASE WHEN q.approved_limit IS NULL THEN 1 ELSE 0 END AS endless,
    COALESCE(k.day_number, 0) AS n, COALESCE(k.{w}, 0) AS w,
    COALESCE(q.started_at, k.day_number * 86400000000 - 28800000000, 0) AS began,
    COALESCE(@hours(k, q.started_at), (k.{w} - k.{work}) * 86400000000, 0) AS h
  FROM {p}case s
  JOIN special_procedure q ON q.case_id = s.case_id AND q.kind = '1' AND @known(q, started)
  LEFT JOIN work_calendar k ON k.scope = s.scope AND k.day = q.started_day
) e
WINDOW so_far AS (PARTITION BY e.scope_id ORDER BY e.n, e.began, e.seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)

-- name: fill walk by limits
INSERT INTO {p}walk SELECT scope_id, kind, 0, axis, a0, length, 0 FROM {p}limit

-- name: fill walk by extensions
-- The first k extensions together, in working days, at most the cap. Natural days and months are those after the base
-- last day. On W and H the limit grows; on D and M working days are walked on from the base last day.
INSERT INTO {p}walk
SELECT x.scope_id, 'S', x.k, CASE x.axis WHEN 'D' THEN 'W' ELSE x.axis END,
  CASE x.axis WHEN 'D' THEN x.last_w ELSE x.a0 END,
  CASE x.axis WHEN 'W' THEN x.length + x.extension WHEN 'H' THEN x.length + x.extension * 86400000000 ELSE x.extension END,
  x.extension
FROM (
  SELECT e.scope_id, e.k, l.axis, l.a0, l.length, r.last_w,
    CASE WHEN e.endless = 1 THEN c.extension_cap ELSE @least(c.extension_cap, e.workdays +
      CASE WHEN e.days + e.months > 0 THEN COALESCE(kt.{w} - r.last_w, c.extension_cap) ELSE 0 END) END AS extension
  FROM {p}extension e
  JOIN {p}case c ON c.scope_id = e.scope_id
  JOIN {p}limit l ON l.scope_id = e.scope_id AND l.kind = 'S'
  JOIN {p}reach r ON r.scope_id = e.scope_id AND r.kind = 'S' AND r.k = 0 AND r.last_n IS NOT NULL
  JOIN work_calendar kb ON kb.scope = c.scope AND kb.day_number = r.last_n
  LEFT JOIN work_calendar km ON km.scope = c.scope AND km.month_number = kb.month_number + e.months
    AND (km.month_day = kb.month_day OR (km.month_last = 1 AND km.month_day < kb.month_day))
  LEFT JOIN work_calendar kt ON kt.scope = c.scope AND kt.day_number = km.day_number + e.days
) x

-- name: fill reach
-- An island is passed over whole where the walk has not reached its length when the island begins. A walk may start
-- inside an island: then the island's rest comes first. What ends on a rest day (D, M) rolls to the next working day.
-- `paused_before`: what was paused before the walk's origin.
INSERT INTO {p}reach
WITH met AS (
  SELECT v.scope_id, v.kind, v.k, v.origin, v.length, i.a, i.b, i.earlier,
    MIN(i.earlier + @greatest(v.origin - i.a, 0)) OVER (PARTITION BY v.scope_id, v.kind, v.k) AS paused_before
  FROM {p}walk v
  JOIN {p}island i ON i.scope_id = v.scope_id AND i.axis = v.axis AND i.b > v.origin
  WHERE v.k >= :least_k AND v.k <= :greatest_k
),
passed AS (
  SELECT m.scope_id, m.kind, m.k, SUM(m.b - @greatest(m.a, m.origin)) AS length FROM met m
  WHERE @greatest(m.a, m.origin) - m.origin - @greatest(m.earlier - m.paused_before, 0) < m.length
  GROUP BY m.scope_id, m.kind, m.k
)
SELECT y.scope_id, y.kind, y.k, y.extension, kn.day_number, y.last_w,
  CASE y.unit WHEN 'W' THEN y.last_w WHEN 'H' THEN y.last ELSE kn.day_number END
FROM (
  SELECT x.scope_id, x.kind, x.k, x.extension, x.scope, x.unit, x.last,
    CASE x.axis WHEN 'W' THEN x.last WHEN 'H' THEN @days_up(x.last) ELSE kl.{w} + 1 - kl.{work} END AS last_w
  FROM (
    SELECT v.scope_id, v.kind, v.k, v.extension, c.scope, v.axis, l.unit,
      v.origin + v.length + @whole(COALESCE(t.length, 0)) AS last
    FROM {p}walk v
    JOIN {p}case c ON c.scope_id = v.scope_id
    JOIN {p}limit l ON l.scope_id = v.scope_id AND l.kind = v.kind
    LEFT JOIN passed t ON t.scope_id = v.scope_id AND t.kind = v.kind AND t.k = v.k
    WHERE v.k >= :least_k AND v.k <= :greatest_k
  ) x
  LEFT JOIN work_calendar kl ON kl.scope = x.scope AND kl.day_number = CASE x.axis WHEN 'D' THEN x.last END
) y
LEFT JOIN work_calendar kn ON kn.scope = y.scope AND kn.{w} = y.last_w AND kn.{work} = 1

-- name: fill verdict
-- An extension holds only if, when it begins, no counted unit has passed since the last day that the earlier ones gave;
-- from the first that fails on, none holds. `late` is what has been counted since the last day that holds.
INSERT INTO {p}verdict
WITH too_late AS (
  SELECT e.scope_id, MIN(e.k) AS k
  FROM {p}extension e
  JOIN {p}limit l ON l.scope_id = e.scope_id AND l.kind = 'S'
  JOIN {p}reach r ON r.scope_id = e.scope_id AND r.kind = 'S' AND r.k = e.k - 1
  WHERE CASE l.axis WHEN 'W' THEN e.g_w WHEN 'H' THEN e.g_h ELSE e.g_n END - r.last - COALESCE((
    SELECT SUM(@least(i.b, CASE l.axis WHEN 'W' THEN e.g_w WHEN 'H' THEN e.g_h ELSE e.g_n END) - @greatest(i.a, r.last))
    FROM {p}island i WHERE i.scope_id = e.scope_id AND i.axis = l.axis
      AND i.b > r.last AND i.a < CASE l.axis WHEN 'W' THEN e.g_w WHEN 'H' THEN e.g_h ELSE e.g_n END), 0) > 0
  GROUP BY e.scope_id
),
holds AS (
  SELECT e.scope_id, MAX(e.k) AS k FROM {p}extension e LEFT JOIN too_late t ON t.scope_id = e.scope_id
  WHERE t.k IS NULL OR e.k < t.k GROUP BY e.scope_id
)
SELECT l.scope_id, l.kind, l.unit, l.stated, l.length,
  CASE WHEN r.k = 0 THEN 0 WHEN l.axis = 'W' THEN r.extension WHEN l.axis = 'H' THEN r.extension * 86400000000
    ELSE COALESCE(r.last - b.last - (
      SELECT COALESCE(SUM(@least(i.b, r.last) - @greatest(i.a, b.last)), 0) FROM {p}island i
      WHERE i.scope_id = l.scope_id AND i.axis = l.axis AND i.b > b.last AND i.a < r.last), 0) END,
  r.extension,
  l.a1 - l.a0 - (
    SELECT COALESCE(SUM(@least(i.b, l.a1) - @greatest(i.a, l.a0)), 0) FROM {p}island i
    WHERE i.scope_id = l.scope_id AND i.axis = l.axis AND i.b > l.a0 AND i.a < l.a1),
  COALESCE(l.a1 - r.last - (
    SELECT COALESCE(SUM(@least(i.b, l.a1) - @greatest(i.a, r.last)), 0) FROM {p}island i
    WHERE i.scope_id = l.scope_id AND i.axis = l.axis AND i.b > r.last AND i.a < l.a1), -1),
  r.last_n, r.last_w - c.e_w, c.finished, CASE WHEN c.e_n <= c.s_n THEN 1 ELSE 0 END
FROM {p}limit l
JOIN {p}case c ON c.scope_id = l.scope_id
LEFT JOIN holds ON holds.scope_id = l.scope_id AND l.kind = 'S'
JOIN {p}reach b ON b.scope_id = l.scope_id AND b.kind = l.kind AND b.k = 0
JOIN {p}reach r ON r.scope_id = l.scope_id AND r.kind = l.kind AND r.k = COALESCE(holds.k, 0)

-- name: touching unpublished days
-- The findings whose days, from the first that counts to the last day or the end, include presumed ones.
SELECT DISTINCT f.scope_id, c.case_id, c.as_of_at, c.as_of_day, c.only_rule
FROM {p}finding f
JOIN {p}base c ON c.scope_id = f.scope_id
LEFT JOIN work_calendar kl ON kl.scope = c.calendar AND kl.day_number = f.since_n
LEFT JOIN work_calendar kh ON kh.scope = c.calendar AND kh.day_number = @greatest(COALESCE(f.until_n, c.as_of_n), COALESCE(f.due_n, 0))
WHERE f.since_n IS NOT NULL AND f.rule IN ({codes}) AND (kl.day IS NULL OR kh.day IS NULL
  OR kh.workday_number - kh.strict_number
    <> kl.workday_number - kl.strict_number - kl.is_workday + kl.strict_workday)

-- name: mark provisional
-- Provisional: under the strict reading the finding would vanish, or its last day would be another one.
UPDATE {p}finding SET provisional = 1
WHERE since_n IS NOT NULL AND rule IN ({codes}) AND scope_id IN (SELECT scope_id FROM {strict}scope) AND NOT EXISTS (
  SELECT 1 FROM {strict}finding f
  WHERE f.scope_id = {p}finding.scope_id AND f.rule = {p}finding.rule AND f.subject = {p}finding.subject
    AND COALESCE(f.due_n, -1) = COALESCE({p}finding.due_n, -1))
