-- 报送 E · what was reported, when, and what was not. E2 and E3 read {p}verdict as the rules of time.sql do.

-- rule: E1
-- Told with the case's first version, unless event_told names another; a package that the hub made of refused cases (replay)
-- counts as the one that it was made of. What has not been told as of then is late once the time is over.
WITH contact AS (
  SELECT y.code, y.from_day, MIN(p.received_at) AS at
  FROM {p}system y JOIN package p ON p.system = y.code
  GROUP BY y.code, y.from_day
),
looked AS (
  SELECT s.scope_id, s.case_id, s.as_of_at, s.as_of_day, s.applied_at, s.applied_day, s.handled_at, s.handled_day,
    s.completed_at, s.completed_day, c.at AS contact_at, c.from_day
  FROM {cases} s
  JOIN contact c ON c.code = s.system
  WHERE s.finished = 0 OR COALESCE(s.completed_at, s.as_of_at) >= c.at
),
event AS (
  SELECT s.scope_id, 'Application.AppliedAt' AS name, 0 AS number, s.applied_at AS at, s.applied_day AS day FROM looked s
  UNION ALL SELECT s.scope_id, 'Acceptance.HandledAt', 0, s.handled_at, s.handled_day FROM looked s
  UNION ALL SELECT s.scope_id, 'Completion.CompletedAt', 0, s.completed_at, s.completed_day FROM looked s
  UNION ALL SELECT s.scope_id, 'Delivery.DeliveredAt', 0, x.delivered_at, x.delivered_day
    FROM looked s JOIN delivery x ON x.case_id = s.case_id AND @known(x, delivered)
  UNION ALL SELECT s.scope_id, 'Step.StartedAt', x.seq, x.started_at, x.started_day
    FROM looked s JOIN step x ON x.case_id = s.case_id AND @known(x, started)
  UNION ALL SELECT s.scope_id, 'Step.EndedAt', x.seq, x.ended_at, x.ended_day
    FROM looked s JOIN step x ON x.case_id = s.case_id AND @known(x, ended)
  UNION ALL SELECT s.scope_id, 'CorrectionNotice.NotifiedAt', x.seq, x.notified_at, x.notified_day
    FROM looked s JOIN correction_notice x ON x.case_id = s.case_id AND @known(x, notified)
  UNION ALL SELECT s.scope_id, 'CorrectionReceipt.ReceivedAt', x.ordinal, x.received_at, x.received_day
    FROM looked s JOIN correction_receipt x ON x.case_id = s.case_id AND @known(x, received)
  UNION ALL SELECT s.scope_id, 'SpecialProcedure.StartedAt', x.seq, x.started_at, x.started_day
    FROM looked s JOIN special_procedure x ON x.case_id = s.case_id AND @known(x, started)
  UNION ALL SELECT s.scope_id, 'SpecialProcedureResult.EndedAt', x.ordinal, x.ended_at, x.ended_day
    FROM looked s JOIN special_procedure_result x ON x.case_id = s.case_id AND @known(x, ended)
  UNION ALL SELECT s.scope_id, 'Fee.ChargedAt', x.seq, x.charged_at, x.charged_day
    FROM looked s JOIN fee x ON x.case_id = s.case_id AND @known(x, charged)
),
told AS (
  SELECT e.scope_id, e.name, v.version, s.as_of_at, COALESCE(o.received_at, p.received_at) AS told_at,
    COALESCE(e.at, (k.day_number + 1) * 86400000000 - 28800000000) AS since_at, CASE WHEN e.at IS NULL THEN 0 ELSE 1 END AS timed
  FROM event e
  JOIN looked s ON s.scope_id = e.scope_id AND e.day >= s.from_day
  JOIN work_calendar k ON k.scope = '' AND k.day = e.day
  LEFT JOIN event_told t ON t.case_id = s.case_id AND t.event = e.name AND t.number = e.number
  JOIN case_version v ON v.case_id = s.case_id AND v.version = COALESCE(t.version, 1)
  JOIN package p ON p.id = v.package
  LEFT JOIN package o ON o.id = p.replay_of
  WHERE COALESCE(e.at, k.day_number * 86400000000 - 28800000000) >= s.contact_at
),
late AS (
  SELECT t.scope_id, t.name, t.version, @least(t.told_at, t.as_of_at) - t.since_at AS waited
  FROM told t
  WHERE t.as_of_at > t.since_at + :hours * 3600000000 AND CASE WHEN t.timed = 1
    THEN t.told_at > t.since_at + :hours * 3600000000 ELSE t.told_at >= t.since_at + :hours * 3600000000 END
)
SELECT l.scope_id, @concat('version ', l.version) AS subject, MAX(l.waited) / 3600000000.0 AS used, :hours AS limit_value,
  MAX(l.waited) / 3600000000.0 - :hours AS excess, 'H' AS unit, @json('events', COUNT(*), 'event', MIN(l.name)) AS evidence
FROM late l
GROUP BY l.scope_id, l.version

-- not judged: E1
-- Whoever first sends what was finished long ago reports no event, but his archive; nor does a case of which nothing has happened since.
-- `day`: the last one that was over, or under way, when the first package came.
WITH contact AS (
  SELECT p.system, p.at, k.day
  FROM (SELECT system, MIN(received_at) AS at FROM package GROUP BY system) p
  JOIN work_calendar k ON k.scope = '' AND k.day_number = @quotient((p.at - 1 + 28800000000), 86400000000)
)
SELECT s.scope_id, CASE WHEN c.at IS NULL THEN 'nothing_received' ELSE 'before_first_package' END AS reason
FROM {cases} s
LEFT JOIN contact c ON c.system = s.system
WHERE c.at IS NULL OR (s.finished = 1 AND COALESCE(s.completed_at, s.as_of_at) < c.at)
UNION ALL
SELECT s.scope_id, 'before_first_package'
FROM {cases} s
JOIN contact c ON c.system = s.system
WHERE (s.finished = 0 OR COALESCE(s.completed_at, s.as_of_at) >= c.at)
  AND NOT COALESCE(s.applied_at >= c.at, s.applied_day > c.day, 1 = 0)
  AND NOT COALESCE(s.handled_at >= c.at, s.handled_day > c.day, 1 = 0)
  AND NOT COALESCE(s.completed_at >= c.at, s.completed_day > c.day, 1 = 0)
  AND NOT EXISTS (SELECT 1 FROM delivery x WHERE x.case_id = s.case_id AND @known(x, delivered)
    AND COALESCE(x.delivered_at >= c.at, x.delivered_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM step x WHERE x.case_id = s.case_id AND @known(x, started)
    AND COALESCE(x.started_at >= c.at, x.started_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM step x WHERE x.case_id = s.case_id AND @known(x, ended)
    AND COALESCE(x.ended_at >= c.at, x.ended_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM correction_notice x WHERE x.case_id = s.case_id AND @known(x, notified)
    AND COALESCE(x.notified_at >= c.at, x.notified_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM correction_receipt x WHERE x.case_id = s.case_id AND @known(x, received)
    AND COALESCE(x.received_at >= c.at, x.received_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM special_procedure x WHERE x.case_id = s.case_id AND @known(x, started)
    AND COALESCE(x.started_at >= c.at, x.started_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM special_procedure_result x WHERE x.case_id = s.case_id AND @known(x, ended)
    AND COALESCE(x.ended_at >= c.at, x.ended_day > c.day))
  AND NOT EXISTS (SELECT 1 FROM fee x WHERE x.case_id = s.case_id AND @known(x, charged)
    AND COALESCE(x.charged_at >= c.at, x.charged_day > c.day))

-- rule: E2
SELECT v.scope_id, @in_unit(v.used) AS used, @in_unit(v.length) AS limit_value, @late_in_unit(v.late) AS excess, v.unit,
  v.last_n AS due_n,
  COALESCE((SELECT MIN(x.raw_n) FROM {p}pause x WHERE x.scope_id = c.scope_id AND x.raw_n < c.s_n), c.s_n) AS since_n,
  c.e_n AS until_n
FROM {cases} s
JOIN {p}case c ON c.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'P'
WHERE s.status = '1' AND v.late > 0

-- not judged: E2
SELECT s.scope_id, CASE WHEN s.status IS NULL OR s.status <> '1' THEN 'not_accepted'
    WHEN ks.day IS NULL OR ke.day IS NULL THEN 'outside_calendar'
    WHEN s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day) THEN 'no_limit'
    ELSE 'hours_day_precise' END AS reason
FROM {cases} s
LEFT JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = s.completed_day
WHERE s.status IS NULL OR s.status <> '1' OR ks.day IS NULL OR ke.day IS NULL
  OR (s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day))
  OR (s.promised_unit = 'H' AND (s.handled_at IS NULL OR s.completed_at IS NULL))

-- rule: E3
-- Working days after the last day, whatever the unit of the limit, less those that a pause covers. Every such case is past
-- the day from which T1 has it looked at daily.
SELECT v.scope_id, @in_unit(v.used) AS used, @in_unit(v.length) AS limit_value, @late_in_unit(v.late) AS excess, v.unit,
  v.last_n AS due_n,
  COALESCE((SELECT MIN(x.raw_n) FROM {p}pause x WHERE x.scope_id = c.scope_id AND x.raw_n < c.s_n), c.s_n) AS since_n,
  c.e_n AS until_n
FROM {cases} s
JOIN {p}case c ON c.scope_id = s.scope_id
JOIN {p}verdict v ON v.scope_id = s.scope_id AND v.kind = 'P'
WHERE v.late > 0 AND -v.workdays_left - COALESCE((
  SELECT SUM(i.b - @greatest(i.a, c.e_w + v.workdays_left)) FROM {p}island i
  WHERE i.scope_id = v.scope_id AND i.axis = 'W' AND i.b > c.e_w + v.workdays_left), 0) > :grace_days

-- not judged: E3
SELECT s.scope_id, CASE WHEN ks.day IS NULL OR ke.day IS NULL THEN 'outside_calendar'
    WHEN s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day) THEN 'no_limit'
    ELSE 'hours_day_precise' END AS reason
FROM {cases} s
LEFT JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
LEFT JOIN work_calendar ke ON ke.scope = s.calendar AND ke.day = s.as_of_day
WHERE ks.day IS NULL OR ke.day IS NULL
  OR (s.promised IS NULL AND (s.promised_day IS NULL OR s.promised_day <= s.handled_day))
  OR (s.promised_unit = 'H' AND s.handled_at IS NULL)

-- rule: E4
SELECT s.scope_id, 'step ' || t.seq AS subject, t.step_name AS step, t.handler_name AS handler,
  s.as_of_w - k.{w} AS used, :days AS limit_value, s.as_of_w - k.{w} - :days AS excess, 'W' AS unit,
  k.day_number AS since_n, s.as_of_n AS until_n
FROM {cases} s
JOIN step t ON t.case_id = s.case_id AND t.action = '7' AND @known(t, ended)
JOIN work_calendar k ON k.scope = s.calendar AND k.day = t.ended_day
WHERE s.as_of_w - k.{w} > :days
  AND NOT EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = t.case_id AND x.seq > t.seq AND (@known(x, started) OR @known(x, ended)))
  AND NOT EXISTS (
    SELECT 1 FROM correction_notice x WHERE x.case_id = t.case_id AND x.notified_day >= t.ended_day AND @known(x, notified))
  AND NOT EXISTS (
    SELECT 1 FROM correction_receipt x WHERE x.case_id = t.case_id AND x.received_day >= t.ended_day AND @known(x, received))
  AND NOT EXISTS (
    SELECT 1 FROM special_procedure x WHERE x.case_id = t.case_id AND x.started_day >= t.ended_day AND @known(x, started))

-- watch: E4
SELECT s.scope_id, kw.day_number AS watch_n
FROM {cases} s
JOIN step t ON t.case_id = s.case_id AND t.action = '7' AND t.ended_day IS NOT NULL
JOIN work_calendar k ON k.scope = s.calendar AND k.day = t.ended_day
JOIN work_calendar kw ON kw.scope = s.calendar AND kw.is_workday = 1
  AND kw.workday_number = k.workday_number + :days + 1 AND kw.day_number - s.as_of_n > 0

-- rule: E5
WITH numbered AS (
  SELECT s.scope_id, s.subject, s.hub_at, p.serial,
    LAG(p.serial) OVER (PARTITION BY s.scope_id ORDER BY p.serial) AS before_it,
    MIN(p.received_at) OVER (
      PARTITION BY s.scope_id ORDER BY p.serial ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS seen_at
  FROM {units} s
  JOIN package p ON p.system = s.system AND p.serial IS NOT NULL AND p.replay_of IS NULL AND p.received_at < s.hub_at
),
newest AS (
  SELECT s.scope_id, s.subject, s.hub_at, y.silent_after, y.region AS region_code, MAX(p.received_at) AS last_at, MAX(p.id) AS last_id
  FROM {units} s
  JOIN system y ON y.code = s.system AND y.status = 'live' AND y.silent_after IS NOT NULL
  JOIN package p ON p.system = s.system AND p.replay_of IS NULL AND p.received_at < s.hub_at
  GROUP BY s.scope_id, s.subject, s.hub_at, y.silent_after, y.region
)
SELECT n.scope_id, n.subject || ' serial ' || (n.before_it + 1) AS subject,
  @json('first_missing', n.before_it + 1, 'last_missing', n.serial - 1) AS evidence, 0 AS provisional
FROM numbered n
WHERE n.serial > n.before_it + 1 AND n.hub_at - n.seen_at > :grace_minutes * 60000000
UNION ALL
SELECT a.scope_id, a.subject || ' silent after package ' || a.last_id,
  @json('last_package', a.last_id, 'silent_after_s', a.silent_after),
  CASE WHEN @strict_hours(kh, a.hub_at) - @strict_hours(kl, a.last_at) > @whole(a.silent_after) * 1000000 THEN 0 ELSE 1 END
FROM newest a
{regions}
JOIN work_calendar kl ON kl.scope = {calendar} AND kl.day_number = @quotient((a.last_at + 28800000000), 86400000000)
JOIN work_calendar kh ON kh.scope = {calendar} AND kh.day_number = @quotient((a.hub_at + 28800000000), 86400000000)
WHERE @hours(kh, a.hub_at) - @hours(kl, a.last_at) > @whole(a.silent_after) * 1000000

-- not judged: E5
-- Nothing came yet, or packages without serials from a system with which no interval of silence is agreed.
SELECT s.scope_id, CASE WHEN EXISTS (SELECT 1 FROM package p WHERE p.system = s.system AND p.received_at < s.hub_at)
    THEN 'neither_serials_nor_interval' ELSE 'nothing_received' END AS reason
FROM {units} s
WHERE NOT EXISTS (SELECT 1 FROM package p WHERE p.system = s.system AND p.received_at < s.hub_at)
  OR (NOT EXISTS (SELECT 1 FROM system y WHERE y.code = s.system AND y.status = 'live' AND y.silent_after IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM package p WHERE p.system = s.system AND p.serial IS NOT NULL AND p.replay_of IS NULL
        AND p.received_at < s.hub_at))

-- rule: E6
SELECT s.scope_id, s.subject, @json('received', p.cases, 'accepted', p.accepted, 'rejected', p.rejected,
  'duplicate', p.duplicate, 'stale', p.stale, 'conflict', p.conflict, 'pending', p.pending) AS evidence
FROM {units} s
JOIN package p ON p.id = s.ref
WHERE p.closed_at < s.hub_at AND (
  (p.state = 'closed' AND p.cases <> p.accepted + p.rejected + p.duplicate + p.stale + p.conflict + p.pending)
  OR (p.state = 'refused' AND p.refusal_code = 'PKG_COUNT' AND s.hub_at - p.closed_at > :grace_minutes * 60000000
    AND NOT EXISTS (
      SELECT 1 FROM package q WHERE q.system = p.system AND q.package_id = p.claimed_id AND q.state = 'closed'
        AND q.received_at - p.closed_at <= :grace_minutes * 60000000)))

-- rule: E7
-- A whole case is mended by anything of it that is accepted later; a row or stage message whose kind and key are known by one of
-- the same kind and key, or by the withdrawal of the case (refused_piece.mended_by).
-- `over_at`: the begin of the first working day after the last one on which it may be sent again.
WITH due AS (
  SELECT s.scope_id, s.ref, p.system, p.state, p.claimed_id,
    CASE WHEN p.refusal_code = 'PKG_ID_CONFLICT' THEN 1 ELSE 0 END AS taken, ko.day_number * 86400000000 - 28800000000 AS over_at,
    ko.day_number - 1 AS due_n,
    CASE WHEN ko.strict_number - kc.strict_number > :days THEN 0 ELSE 1 END AS provisional
  FROM {units} s
  JOIN package p ON p.id = s.ref AND (p.state = 'refused' OR (p.state = 'closed' AND p.rejected > 0))
  JOIN (SELECT code, region AS region_code, supervise_from FROM system) a ON a.code = p.system
  {regions}
  JOIN work_calendar kc ON kc.scope = {calendar} AND kc.day_number = @quotient((p.closed_at + 28800000000), 86400000000)
  JOIN work_calendar ko ON ko.scope = {calendar} AND ko.is_workday = 1 AND ko.workday_number = kc.workday_number + :days + 1
  WHERE s.hub_at > ko.day_number * 86400000000 - 28800000000
    AND (a.supervise_from IS NULL OR CAST(kc.day AS CHAR(10)) >= a.supervise_from)
),
refused AS (
  SELECT d.scope_id, d.ref, d.system, d.due_n, d.provisional, o.case_no, r.kind, r.source_key,
    ROW_NUMBER() OVER (PARTITION BY d.scope_id, o.case_no ORDER BY o.ordinal) AS place,
    COUNT(*) OVER (PARTITION BY d.scope_id, o.case_no) AS refused
  FROM due d
  JOIN case_outcome o ON o.package = d.ref AND o.outcome = 'rejected' AND o.case_no IS NOT NULL
  LEFT JOIN refused_piece r ON r.package = o.package AND r.ordinal = o.ordinal
  WHERE d.state = 'closed' AND NOT EXISTS (
    SELECT 1 FROM package q WHERE q.id = r.mended_by AND q.received_at < d.over_at)
  AND NOT EXISTS (
    SELECT 1 FROM case_head h
    JOIN fragment f ON f.case_id = h.id AND (f.package > o.package OR (f.package = o.package AND f.ordinal > o.ordinal))
    JOIN package q ON q.id = f.package AND q.received_at < d.over_at
    WHERE h.system = d.system AND h.case_no = o.case_no)
  AND NOT EXISTS (
    SELECT 1 FROM case_head h
    JOIN case_pieces f ON r.package IS NULL AND f.case_id = h.id AND f.ordinal > 0
      AND (f.package > o.package OR (f.package = o.package AND f.ordinal > o.ordinal))
    JOIN package q ON q.id = f.package AND q.received_at < d.over_at
    WHERE h.system = d.system AND h.case_no = o.case_no)
)
SELECT e.scope_id, e.system || '/' || e.case_no AS subject, e.due_n,
  CASE WHEN e.kind IS NULL THEN @json('package', e.ref, 'case_no', e.case_no)
    ELSE @json('package', e.ref, 'case_no', e.case_no, 'kind', e.kind, 'key', e.source_key, 'refused', e.refused) END AS evidence,
  e.provisional
FROM refused e
WHERE e.place = 1
UNION ALL
SELECT d.scope_id, d.system || ' package ' || d.claimed_id, d.due_n, @json('package', d.ref, 'claimed_id', d.claimed_id), d.provisional
FROM due d
WHERE d.state = 'refused' AND d.claimed_id IS NOT NULL AND d.taken = 0 AND NOT EXISTS (
  SELECT 1 FROM package q WHERE q.system = d.system AND q.package_id = d.claimed_id AND q.received_at < d.over_at)

-- not judged: E7
-- A package that was refused before its id could be read, or because its id is another's: nobody can tell what would be
-- it, sent again.
SELECT s.scope_id, CASE WHEN p.claimed_id IS NULL THEN 'package_id_unknown' ELSE 'package_id_taken' END AS reason
FROM {units} s
JOIN package p ON p.id = s.ref
WHERE p.state = 'refused' AND (p.claimed_id IS NULL OR p.refusal_code = 'PKG_ID_CONFLICT')
