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
LEFT JOIN work_calendar kw ON kw.scope = s.calendar AND kw.is_workday = 1 AND kw.day_number > s.as_of_n
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
