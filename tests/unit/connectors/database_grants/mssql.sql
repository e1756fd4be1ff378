CREATE LOGIN hub WITH PASSWORD = '<口令 password>';
USE exchange;
CREATE USER hub FOR LOGIN hub;
GRANT SELECT ON exch.up_pro_accept TO hub;
GRANT UPDATE ON exch.up_pro_accept (sync_flag) TO hub;
GRANT SELECT ON exch.up_pro_process TO hub;
GRANT UPDATE ON exch.up_pro_process (sync_flag) TO hub;
GRANT SELECT, INSERT ON exch.dn_audit_abnormal TO hub;
