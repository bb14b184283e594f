"""The conditions in an acknowledgement: HL7 table 0357 and table 0533 of CISIS_CDA_HL7_V2."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Condition(IntEnum):
    """ERR-3, HL7 error condition codes (table 0357; 198 and 199 as the volet takes them from later
    versions). APPLICATION is a fault of ours; no fault of a message has it."""

    SEGMENT_SEQUENCE = 100
    REQUIRED_FIELD = 101
    DATA_TYPE = 102
    TABLE_VALUE = 103
    CARDINALITY = 198
    OTHER = 199
    MESSAGE_TYPE = 200
    EVENT_CODE = 201
    PROCESSING_ID = 202
    VERSION_ID = 203
    UNKNOWN_KEY = 204
    DUPLICATE_KEY = 205
    RECORD_LOCKED = 206
    APPLICATION = 207


CONDITION_TEXT: Final[dict[int, str]] = {
    Condition.SEGMENT_SEQUENCE: "Segment sequence error",
    Condition.REQUIRED_FIELD: "Required field missing",
    Condition.DATA_TYPE: "Data type error",
    Condition.TABLE_VALUE: "Table value not found",
    Condition.CARDINALITY: "Non-Conformant Cardinality",
    Condition.OTHER: "Other HL7 Error",
    Condition.MESSAGE_TYPE: "Unsupported message type",
    Condition.EVENT_CODE: "Unsupported event code",
    Condition.PROCESSING_ID: "Unsupported processing id",
    Condition.VERSION_ID: "Unsupported version id",
    Condition.UNKNOWN_KEY: "Unknown key identifier",
    Condition.DUPLICATE_KEY: "Duplicate key identifier",
    Condition.RECORD_LOCKED: "Application record locked",
    Condition.APPLICATION: "Application internal error",
}

WRONG_VERSION: Final = "900"
NO_INS: Final = "903"
INS_DIFFERS: Final = "904"
TRAITS_INCOMPLETE: Final = "905"

# ERR-5, application error codes (table 0533 of the volet).
APPLICATION_TEXT: Final[dict[str, str]] = {
    WRONG_VERSION: "Wrong document version",
    "901": "Author not allowed",
    "902": "Patient identifier unknown",
    NO_INS: "No INS in the document",
    INS_DIFFERS: "INS differs",
    TRAITS_INCOMPLETE: "INS traits incomplete",
    "906": "Other error",
}
