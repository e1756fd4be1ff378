"""What real counterparts get wrong, and the test that each of these faults is survived with a clear message."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import ROOT

_CONTRACT = "unit/connectors/test_contract.py"
_SFTP = "integration/connectors/test_sftp_faults.py"
_FTP, _IIS = "integration/connectors/test_ftp_faults.py", "integration/connectors/test_ftp_odd_servers.py"
_SOAP, _REPLIES = "integration/connectors/test_soap_faults.py", "unit/connectors/test_soap_replies.py"
_TEXT, _OPENING = "unit/envelope/test_text.py", "unit/envelope/test_opening.py"

FAULTS: dict[str, tuple[str, str]] = {
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
    "FTPS that demands the control connection's session on data connections": (
        _FTP, "test_a_server_that_demands_the_controls_session_on_data_connections_is_served",
    ),
    "an FTP server with listings of DOS and nothing else": (
        _IIS, "test_a_server_that_knows_neither_size_nor_time_nor_rest_is_served_by_its_listings",
    ),
    "a listing with lines that cannot be read": (
        _IIS, "test_lines_of_a_listing_that_cannot_be_read_hide_no_neighbour_and_are_told",
    ),
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
    "entities, DOCTYPE, XInclude": (_TEXT, "test_doctype_entities_and_xinclude_are_refused_with_their_line"),
    "a comment in the middle of a value": (
        "unit/schemas/test_validator.py", "test_comments_instructions_and_cdata_may_stand_anywhere",
    ),
    "a service that answers in SOAP 1.1 on its port for 1.2": (
        "integration/connectors/test_soap_servers.py",
        "test_node_is_read_although_it_answers_in_1_1",
    ),
    "CMS in whatever form openssl writes it (DER, PEM, streamed BER; RSA, OAEP, ECDH)": (
        "integration/envelope/test_openssl.py",
        "test_every_form_within_every_form",
    ),
    "a WSDL that imports schemas from the internet": (
        _SOAP, "test_a_wsdl_of_the_service_fetches_nothing_from_another_host_or_port",
    ),
    "the schemas that are imported by everybody": (_SOAP, "test_well_known_schemas_come_with_the_hub"),
    "a certificate of the same authority, issued to another department": (
        "integration/pipeline/test_sealed.py",
        "test_another_departments_certificate_of_the_same_authority_is_refused",
    ),
    "a table whose character set stores question marks": (
        "integration/connectors/test_database_faults.py",
        "test_a_rejects_table_that_would_store_question_marks_is_refused_before_anything_is_taken",
    ),
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


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_real_counterparts_has_its_test(fault: str) -> None:
    file, name = FAULTS[fault]
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in found, f"{fault}: tests/{file} has no {name}"
