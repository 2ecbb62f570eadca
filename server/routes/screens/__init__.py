"""The screens: pages that read. Every change goes through the API, but for signing in and out."""

from server.routes.screens import (
    board,
    customer,
    devices,
    docs,
    login,
    offline,
    orders,
    outbox,
    password,
    people,
    resolution,
    settings,
)

routes = [
    *login.routes,
    *password.routes,
    *people.routes,
    *devices.routes,
    *board.routes,
    *customer.routes,
    *orders.routes,
    *resolution.routes,
    *outbox.routes,
    *settings.routes,
    *docs.routes,
    *offline.routes,
]
