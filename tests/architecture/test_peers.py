"""What real counterparts get wrong and machines do, and the test that each of these faults is survived with a clear message.

A new fault gets its line here with its test; a test that is renamed or is no longer collected fails.
"""

from __future__ import annotations

import ast
from collections.abc import Set

import pytest

from tests.architecture.source import ROOT

_CONTRACT = "unit/connectors/test_contract.py"
_SFTP = "integration/connectors/test_sftp_faults.py"
_FTP, _IIS = "integration/connectors/test_ftp_faults.py", "integration/connectors/test_ftp_odd_servers.py"
_SOAP, _REPLIES = "integration/connectors/test_soap_faults.py", "unit/connectors/test_soap_replies.py"
_TEXT, _OPENING = "unit/envelope/test_text.py", "unit/envelope/test_opening.py"
_OPENSSL, _SM2 = "integration/envelope/test_openssl.py", "integration/envelope/test_sm2.py"
_DATABASE, _ORACLE = (
    "integration/connectors/test_database_faults.py",
    "integration/connectors/test_database_oracle.py",
)
_PIPELINE, _RAW = "integration/pipeline/test_faults.py", "integration/pipeline/test_raw_store_faults.py"
_MAIL = "integration/messages/test_sending.py"

FILES: dict[str, tuple[str, str]] = {
    "one file name in GBK among others": (_CONTRACT, "test_any_file_name_goes_round_and_hides_no_neighbour"),
    "the same, many files at once": (
        "integration/connectors/test_sftp_together.py", "test_all_that_is_ready_is_claimed_read_and_removed",
    ),
    "a file shorter than its size, or still growing": (
        _SFTP, "test_a_file_that_is_shorter_than_its_size_or_still_growing_is_left_for_later",
    ),
    "a file that grows between two looks": (_SFTP, "test_a_file_that_grows_between_two_looks_is_not_taken"),
    "a host key that is not the pinned one": (
        "integration/connectors/test_sftp_trust.py",
        "test_a_changed_host_key_stops_the_system_names_both_and_sends_no_credential",
    ),
    "a kernel that forbids to link another account's file": (
        _SFTP, "test_another_accounts_file_is_taken_where_the_kernel_forbids_to_link_it",
    ),
    "a file that is renamed when it is whole": (_PIPELINE, "test_a_file_that_is_renamed_when_it_is_whole_is_left_until_then"),
    "a file at rest, without a marker": (_PIPELINE, "test_a_file_is_left_until_two_runs_found_it_the_same"),
    "FTPS that demands the control connection's session on data connections": (
        _FTP, "test_a_server_that_demands_the_controls_session_on_data_connections_is_served",
    ),
    "an FTP server with listings of DOS and nothing else": (
        _IIS, "test_a_server_that_knows_neither_size_nor_time_nor_rest_is_served_by_its_listings",
    ),
    "names in GBK in such listings": ("integration/connectors/test_ftp_contract.py", "test_any_file_name_goes_round_and_hides_no_neighbour"),
    "a listing with lines that cannot be read": (
        _IIS, "test_lines_of_a_listing_that_cannot_be_read_hide_no_neighbour_and_are_told",
    ),
}  # fmt: skip
SERVICES: dict[str, tuple[str, str]] = {
    "Axis 1.4 writes a rare character as two surrogates": (
        _SOAP, "test_a_surrogate_pair_of_axis_is_kept_as_it_came_and_the_next_page_is_read",
    ),
    "the same, its neighbours stored": (
        "integration/connectors/test_soap_exchange.py",
        "test_a_reply_of_axis_is_quarantined_with_its_reason_and_its_neighbours_are_stored",
    ),
    "gb2312 declared, GBK or GB18030 inside": (_TEXT, "test_reading_otherwise_than_declared_is_told"),
    "a document in a SOAP string with a declaration of its own": (
        _REPLIES, "test_a_document_in_a_string_is_encoded_so_that_its_gb_declaration_is_true",
    ),
    "a service whose stated character set is wrong": (
        _REPLIES, "test_the_registration_may_say_the_character_set_of_a_service_that_lies",
    ),
    "an envelope whose encoding is declared in HTTP, in XML, or in neither": (
        _REPLIES, "test_an_envelope_is_read_in_the_encoding_that_it_or_http_declares",
    ),
    "rpc and document styles, SOAP 1.1 and 1.2 (PHP)": (
        "integration/connectors/test_soap_servers.py",
        "test_php_pages_in_gb2312_keep_every_character_in_both_versions_and_styles",
    ),
    "WSDLs as JAX-WS, Axis 1.4, gSOAP, .NET 2 and WCF publish them": (
        "integration/connectors/test_soap_wsdl.py", "test_each_stack_is_called_in_its_own_way",
    ),
    "entities, DOCTYPE, XInclude": (_TEXT, "test_doctype_entities_and_xinclude_are_refused_with_their_line"),
    "a comment in the middle of a value": (
        "unit/schemas/test_validator.py", "test_comments_instructions_and_cdata_may_stand_anywhere",
    ),
    "a service that answers in SOAP 1.1 on its port for 1.2": (
        "integration/connectors/test_soap_servers.py",
        "test_node_is_read_although_it_answers_in_1_1",
    ),
    "well-formed or not, valid or not, as two other parsers have it": (
        "unit/schemas/test_differential.py", "test_libxml2_and_xmlschema_agree_on_every_document",
    ),
    "values that are known to break programs": (
        "unit/schemas/test_differential.py", "test_libxml2_and_xmlschema_agree_on_every_awkward_value_of_every_type",
    ),
    "a WSDL that imports schemas from the internet": (
        _SOAP, "test_a_wsdl_of_the_service_fetches_nothing_from_another_host_or_port",
    ),
    "the schemas that are imported by everybody": (_SOAP, "test_well_known_schemas_come_with_the_hub"),
}  # fmt: skip
SEALS: dict[str, tuple[str, str]] = {
    "CMS in whatever form openssl writes it (DER, PEM, streamed BER; each within each)": (
        "integration/envelope/test_openssl.py",
        "test_every_form_within_every_form",
    ),
    "AES in CBC and GCM, SM4-CBC, under PKCS#1 v1.5, OAEP with its options, ECDH": (
        _OPENSSL, "test_the_content_key_is_found_in_every_transport",
    ),
    "RSA PKCS#1 v1.5 and PSS, ECDSA, with and without signed attributes": (
        _OPENSSL, "test_a_signature_is_verified_inside_the_encryption",
    ),
    "3DES of an old machine": (_OPENSSL, "test_three_des_opens_where_the_registration_allows_it"),
    "a certificate of the same authority, issued to another department": (
        "integration/pipeline/test_sealed.py",
        "test_another_departments_certificate_of_the_same_authority_is_refused",
    ),
    "an SM2 signature as `openssl dgst -sm3 -sign` makes it": (_SM2, "test_a_signature_of_the_registered_key_is_accepted"),
    "SM2 keys whose numbers begin with zeros": (_SM2, "test_keys_with_leading_zeros_and_fours_verify"),
    "names of a zip in GBK": (_OPENING, "test_names_without_a_flag_are_read_as_utf8_or_gbk"),
    "names of a zip that lead elsewhere, or occur twice": (
        _OPENING, "test_a_name_that_could_do_harm_refuses_the_package",
    ),
    "links and odd methods in a zip": (_OPENING, "test_links_encryption_and_odd_methods_are_refused"),
    "members of a zip that overlap": (_OPENING, "test_members_that_share_their_bytes_are_refused"),
    "an SM2 signature deeper inside": (
        "integration/envelope/test_sm2.py",
        "test_a_signature_is_found_in_whatever_archive_the_document_lies",
    ),
    "an SM2 signature as a file of its own": (
        "integration/envelope/test_sm2.py",
        "test_a_signature_that_is_sent_beside_the_document_is_told_to_belong_into_a_zip_with_it",
    ),
}  # fmt: skip
DATABASES: dict[str, tuple[str, str]] = {
    "a table whose character set stores question marks": (
        "integration/connectors/test_database_faults.py",
        "test_a_rejects_table_that_would_store_question_marks_is_refused_before_anything_is_taken",
    ),
    "a source table that has already lost characters": (_DATABASE, "test_a_source_table_that_loses_characters_is_told_or_refused"),
    "bytes that are not of the declared character set": (_DATABASE, "test_bytes_in_another_encoding_hide_no_neighbour"),
    "addresses that name cx_Oracle": ("unit/core/test_connections.py", "test_a_connection_is_read_from_its_variable"),
    "Oracle's pages, dates, numbers and long texts (H2 as a stand-in)": (
        _ORACLE, "test_rows_come_page_by_page_with_days_numbers_bytes_and_long_text",
    ),
    "what Oracle does not know (H2 as a stand-in)": (_ORACLE, "test_the_stand_in_refuses_what_is_not_oracles"),
    "a driver that is not installed": (_ORACLE, "test_a_driver_that_is_not_installed_is_named_with_what_to_install"),
    "servers that nobody can start here: Oracle, Dameng, Kingbase, openGauss, SQL Server": (
        "unit/connectors/test_database_dialects.py", "test_what_a_server_is_told_is_what_was_approved",
    ),
    "openGauss and Kingbase under their own banners": (
        "integration/connectors/test_database_forks.py", "test_a_server_under_another_banner_is_read_and_written_back_to",
    ),
}  # fmt: skip
MACHINES: dict[str, tuple[str, str]] = {
    "killed at any sync of the raw store": (
        _RAW, "test_a_writer_killed_at_any_sync_leaves_whole_files_alone_and_the_next_one_finishes",
    ),
    "killed at any step of an exchange": (
        "integration/trials/test_kill.py", "test_a_worker_killed_in_each_phase_leaves_what_an_undisturbed_one_leaves",
    ),
    "killed over files of a directory, an SFTP server": (_SFTP, "test_workers_killed_at_any_instant_lose_nothing"),
    "killed over files of an FTP server": (
        "integration/connectors/test_ftp_workers.py", "test_files_survive_the_workers_that_are_killed_over_them",
    ),
    "a database server that dies": (
        "integration/ledger/test_engine_failures.py", "test_what_was_committed_before_the_server_died_is_there_after_it_recovered",
    ),
    "the raw store's disk full": (_PIPELINE, "test_a_full_raw_store_leaves_the_file_at_the_source_until_there_is_room"),
    "the work folder's disk full": ("integration/pipeline/test_full_scratch.py", "test_a_disk_that_is_really_full_is_told_too"),
    "the front-end's disk full or read-only": (_SFTP, "test_a_full_or_read_only_disk_is_told_and_leaves_no_litter"),
    "the front-end's receipts folder read-only": (_PIPELINE, "test_a_receipts_folder_that_is_read_only_keeps_them_likewise"),
    "a limit on file sizes or descriptors": (
        _RAW, "test_a_limit_of_the_system_is_told_leaves_no_litter_and_is_over_once_it_is_lifted",
    ),
    "a clock that goes wrong": ("integration/connectors/test_probe.py", "test_a_clock_that_goes_wrong_is_told"),
    "a clock that was set back": ("unit/connectors/test_directory_at_rest.py", "test_a_clock_that_was_set_back_only_makes_it_wait"),
    "no network: an SFTP server that is gone": (
        "integration/connectors/test_sftp_trust.py", "test_a_server_that_is_gone_is_tried_again_and_found_when_it_is_back",
    ),
    "no network: an FTP server that is gone": (_FTP, "test_a_server_that_is_down_is_tried_again_and_served_when_it_is_back"),
    "no network: a service that is gone": (_SOAP, "test_a_service_that_is_down_is_asked_again_later"),
    "no network: a mail server that is gone": (_MAIL, "test_a_server_that_is_down_gets_everything_once_it_is_back"),
    "a mail server that is silent, refuses or hangs up": (_MAIL, "test_a_mail_server_that_is_silent_refuses_or_hangs_up_is_left_in_time"),
    "a connection cut in the middle of a file (SFTP)": (_SFTP, "test_a_transfer_that_is_cut_goes_on_where_it_stopped"),
    "a connection cut in the middle of a file (FTP)": (_FTP, "test_a_file_that_is_cut_off_on_the_way_is_read_on_from_there"),
    "a connection cut in the middle of rows": (_DATABASE, "test_a_connection_lost_while_reading_loses_nothing"),
    "a reply that is dropped or cut": (_SOAP, "test_each_bad_answer_has_its_code_and_the_same_page_is_asked_for_again"),
    "a receipt that arrives, its reply does not": (_SOAP, "test_a_receipt_whose_answer_is_lost_or_bad_is_delivered_again_as_it_was"),
}  # fmt: skip
GROUPS = (FILES, SERVICES, SEALS, DATABASES, MACHINES)
FAULTS = {fault: test for group in GROUPS for fault, test in group.items()}


@pytest.fixture(scope="module")
def collected() -> Set[str]:
    """Every test that pytest finds in the files that are named: the last function of its name, at the top of the file."""
    found = set()
    for file in sorted({file for file, _ in FAULTS.values()}):
        assert file.rpartition("/")[2].startswith("test_"), f"pytest does not look into tests/{file}"
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        found |= {f"{file}::{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {test for test in found if test.rpartition("::")[2].startswith("test_")}


def test_no_fault_is_named_twice() -> None:
    assert len(FAULTS) == sum(len(group) for group in GROUPS)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_real_counterparts_has_its_test(fault: str, collected: Set[str]) -> None:
    file, name = FAULTS[fault]
    assert f"{file}::{name}" in collected, f"{fault}: tests/{file} has no {name}"
