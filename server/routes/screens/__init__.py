"""The screens: pages that read. Every change goes through the API, but for signing in and out."""

from server.routes.screens import board, docs, login, orders, outbox

routes = [*login.routes, *board.routes, *orders.routes, *outbox.routes, *docs.routes]
