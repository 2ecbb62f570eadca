"""Why an order ends unfulfilled: closed lists, so that reports can count them."""

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
