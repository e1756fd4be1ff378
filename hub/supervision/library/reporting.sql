-- 报送 E · what was reported, when, and what was not. E2 and E3 read {p}verdict as the rules of time.sql do.

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
