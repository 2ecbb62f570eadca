"""Why an order ends unfulfilled, and what goes wrong with one: closed lists, to be counted by."""

from enum import StrEnum


class CancelReason(StrEnum):
    """Why an order is cancelled."""

    OUT_OF_STOCK = "out_of_stock"
    STORE_CLOSED = "store_closed"
    TOO_BUSY = "too_busy"
    CUSTOMER_REQUEST = "customer_request"
    CANNOT_COMPLETE = "cannot_complete"
    OTHER = "other"


class DenyReason(StrEnum):
    """Why an incoming order is not accepted."""

    OUT_OF_STOCK = "out_of_stock"
    STORE_CLOSED = "store_closed"
    TOO_BUSY = "too_busy"
    CUSTOMER_REQUEST = "customer_request"
    CANNOT_COMPLETE = "cannot_complete"
    ITEM_UNAVAILABLE = "item_unavailable"
    PRICING = "pricing"
    MISSING_INFO = "missing_info"
    OTHER = "other"


class IssueType(StrEnum):
    """What is wrong with an order."""

    WRONG_ITEMS = "wrong_items"
    MISSING_ITEMS = "missing_items"
    QUALITY_ISSUES = "quality_issues"
    DELIVERY_ISSUES = "delivery_issues"
    PRICING_DISCREPANCIES = "pricing_discrepancies"
    FULL_REFUND = "full_refund"
    PARTIAL_REFUND = "partial_refund"
    OTHER = "other"


class Priority(StrEnum):
    """How soon somebody has to see to it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class IssueOutcome(StrEnum):
    """How an issue was settled."""

    REFUNDED_FULL = "refunded_full"
    REFUNDED_PARTIAL = "refunded_partial"
    REPLACED = "replaced"
    CONTACTED = "contacted"
    NO_ACTION = "no_action"
