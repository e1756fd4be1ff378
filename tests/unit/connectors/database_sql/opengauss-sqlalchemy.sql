-- a session begins
SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE;
SET statement_timeout = 60000;

-- is a row new?
SELECT up_pro_accept.row_guid FROM up_pro_accept WHERE up_pro_accept.sync_flag = :sync_flag_1 LIMIT :param_1;
--   sync_flag_1 = '0' VARCHAR
--   param_1 = 1 Integer

-- new rows, by the flag
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.cd_time IS NULL AND up_pro_accept.sync_flag = :sync_flag_1 ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid LIMIT :param_1;
--   sync_flag_1 = '0' VARCHAR
--   param_1 = 1000 Integer
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.cd_time IS NOT NULL AND up_pro_accept.sync_flag = :sync_flag_1 ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid LIMIT :param_1;
--   sync_flag_1 = '0' VARCHAR
--   param_1 = 1000 Integer

-- the newest time
SELECT max(up_pro_accept.cd_time) AS max_1 FROM up_pro_accept WHERE up_pro_accept.cd_time <= :cd_time_1;
--   cd_time_1 = datetime.datetime(2026, 3, 5, 11, 1) TIMESTAMP

-- rows by time, from a floor on, after a row
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.cd_time >= :param_1 AND up_pro_accept.cd_time >= :param_2 AND (up_pro_accept.cd_time > :param_2 OR up_pro_accept.row_guid > :row_guid_1) ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid LIMIT :param_3;
--   param_1 = datetime.datetime(2026, 3, 5, 8, 46) TIMESTAMP
--   param_2 = datetime.datetime(2026, 3, 5, 9, 1, 0, 7) TIMESTAMP
--   row_guid_1 = 'a-1' VARCHAR
--   param_3 = 1000 Integer

-- rows without a time, after a row
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.cd_time IS NULL AND up_pro_accept.row_guid > :row_guid_1 ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid LIMIT :param_1;
--   row_guid_1 = 'a-1' VARCHAR
--   param_1 = 1000 Integer
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.cd_time IS NOT NULL ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid LIMIT :param_1;
--   param_1 = 1000 Integer

-- rows were taken
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.row_guid IN (:row_guid_1_1) AND up_pro_accept.sync_flag = :sync_flag_1 ORDER BY up_pro_accept.row_guid FOR UPDATE;
--   sync_flag_1 = '0' VARCHAR
--   row_guid_1_1 = 'a-1'
UPDATE up_pro_accept SET sync_flag=:sync_flag WHERE up_pro_accept.row_guid IN (:row_guid_1_1);
--   sync_flag = '1' VARCHAR
--   row_guid_1_1 = 'a-1'

-- rows were refused
SELECT up_pro_accept.row_guid, up_pro_accept.cd_time FROM up_pro_accept WHERE up_pro_accept.row_guid IN (:row_guid_1_1) AND up_pro_accept.sync_flag = :sync_flag_1 FOR UPDATE;
--   sync_flag_1 = '1' VARCHAR
--   row_guid_1_1 = 'a-1'
UPDATE up_pro_accept SET sync_flag=:sync_flag WHERE up_pro_accept.row_guid IN (:row_guid_1_1);
--   sync_flag = '2' VARCHAR
--   row_guid_1_1 = 'a-1'

-- a package was refused
SELECT up_pro_accept.row_guid, up_pro_accept.project_no, up_pro_accept.level, up_pro_accept.fee, up_pro_accept.accept_date, up_pro_accept.photo, up_pro_accept.handle_explain, up_pro_accept.cd_time, up_pro_accept.cd_batch, up_pro_accept.sync_flag FROM up_pro_accept WHERE up_pro_accept.row_guid IN (:row_guid_1_1) AND up_pro_accept.sync_flag = :sync_flag_1 FOR UPDATE;
--   sync_flag_1 = '1' VARCHAR
--   row_guid_1_1 = 'a-1'
UPDATE up_pro_accept SET sync_flag=:sync_flag WHERE up_pro_accept.row_guid IN (:row_guid_1_1);
--   sync_flag = '2' VARCHAR
--   row_guid_1_1 = 'a-1'

-- reasons are written
SELECT up_pro_accept.row_guid, up_pro_accept.cd_batch FROM up_pro_accept WHERE up_pro_accept.row_guid IN (:row_guid_1_1);
--   row_guid_1_1 = 'a-1'
SELECT dn_audit_abnormal.id FROM dn_audit_abnormal WHERE dn_audit_abnormal.id IN (:id_1_1);
--   id_1_1 = '4d5c1d7cb77e084dc6311d3add4c55acd80f572e5ead8cb028dd682dad7c4fa3'
INSERT INTO dn_audit_abnormal (id, table_name, row_guid, cd_batch, abnormal_type, remark, created_time) VALUES (:id, :table_name, :row_guid, :cd_batch, :abnormal_type, :remark, :created_time);
--   id = '4d5c1d7cb77e084dc6311d3add4c55acd80f572e5ead8cb028dd682dad7c4fa3' VARCHAR
--   table_name = 'up_pro_accept' VARCHAR
--   row_guid = 'a-1' VARCHAR
--   cd_batch = 'B1' VARCHAR
--   abnormal_type = 'VALUE_EMPTY' VARCHAR
--   remark = 'fee=坏值 𠮷:不是日期 处理:改正后置 sync_flag 为 0' VARCHAR
--   created_time = datetime.datetime(2026, 3, 5, 12, 0) TIMESTAMP

