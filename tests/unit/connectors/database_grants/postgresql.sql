CREATE USER hub WITH NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '<口令 password>';
GRANT CONNECT ON DATABASE exchange TO hub;
GRANT USAGE ON SCHEMA exch TO hub;
GRANT SELECT ON exch.up_pro_accept TO hub;
GRANT UPDATE (sync_flag) ON exch.up_pro_accept TO hub;
GRANT SELECT ON exch.up_pro_process TO hub;
GRANT UPDATE (sync_flag) ON exch.up_pro_process TO hub;
GRANT SELECT, INSERT ON exch.dn_audit_abnormal TO hub;
