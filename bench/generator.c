/* Many boards in one process: every frame of every socket is counted, and timed by the stamp of its
   event. bench/boards.py does the same where there is no compiler; both say the same JSON. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 20, READ_AT_ONCE = 1 << 18, BUCKETS = 64 * 64, MARK = 15, QUIET_MS = 300 };
enum mode { PLAIN, HEARD, SOCKETIO };
enum state { CLOSED, CONNECTING, SHAKING, ASKING, DRAWING, READY };

struct board {
    int fd, channel, state;
    int resuming;
    size_t left; /* bytes of a frame that has not come whole */
    char *rest;
    int64_t position, target;
    int64_t next; /* after the furthest event seen */
    uint64_t *seen;
    uint64_t began;
};

static int port, boards = 1, channels = 1, first_channel = 1, inflight = 256, marked, mode = PLAIN;
static int64_t events = 1;
static double deadline = 30;
static const char *path = "/live/%d", *header = "", *stamps_file, *table_file, *audience = "staff";

static struct board *all;
static volatile uint64_t *stamps;
static uint64_t *first_at, *last_at;
static int64_t *marks, *bases;
static char epoch[256];
static uint64_t histogram[BUCKETS], connect_histogram[BUCKETS];
static uint64_t deliveries, by_snapshot, doubled, disordered, strays, unstamped, bytes, failed, dropped, slowest;
static uint64_t last_delivery, complete_at;
static int ready, opened, queue, closes[5000], stopping;
static char room[ROOM + READ_AT_ONCE];

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* 64 steps to each doubling: 1.6 % */
static int bucket(uint64_t us) {
    if (us < 64) return (int)us;
    int octave = 63 - __builtin_clzll(us);
    return ((octave - 5) << 6) | (int)((us >> (octave - 6)) & 63);
}

static double of_bucket(int b) {
    if (b < 64) return b;
    int octave = (b >> 6) + 5;
    return (double)((uint64_t)(64 + (b & 63)) << (octave - 6));
}

static double quantile(const uint64_t *h, double share) {
    uint64_t whole = 0, sum = 0;
    for (int i = 0; i < BUCKETS; i++) whole += h[i];
    if (!whole) return 0;
    uint64_t wanted = (uint64_t)(share * (double)(whole - 1)) + 1;
    for (int i = 0; i < BUCKETS; i++)
        if ((sum += h[i]) >= wanted) return of_bucket(i) / 1000;
    return 0;
}

static void quit(const char *why) {
    perror(why);
    exit(1);
}

static void put(struct board *b, const char *data, size_t size) {
    while (size) {
        ssize_t sent = send(b->fd, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) continue; /* what a board says is small */
        if (sent < 0) return;
        data += sent;
        size -= (size_t)sent;
    }
}

/* A client's frames are masked; a key of zeros masks as well as any. */
static void say(struct board *b, int opcode, const char *text, size_t size) {
    char frame[512] = {(char)(0x80 | opcode)};
    size_t head = 2;
    if (size < 126) frame[1] = (char)(0x80 | size);
    else {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
        head = 4;
    }
    memcpy(frame + head + 4, text, size);
    put(b, frame, head + 4 + size);
}

static void shut(struct board *b, uint64_t *count) {
    if (b->state == CLOSED) return;
    if (b->state == READY) ready--;
    else opened--;
    close(b->fd);
    b->state = CLOSED;
    b->left = 0;
    ++*count;
}

static void become_ready(struct board *b, uint64_t now) {
    if (b->state == READY) return;
    b->state = READY;
    opened--;
    ready++;
    connect_histogram[bucket((now - b->began) / 1000)]++;
}

static int64_t number_after(const char *text, size_t size, const char *key) {
    const char *found = memmem(text, size, key, strlen(key));
    return found ? strtoll(found + strlen(key), NULL, 10) : -1;
}

/* The offset of an event stands where it stood in the one before, as long as the kind is the same. */
static int64_t offset_of(const char *text, size_t size) {
    static const char key[] = "\"offset\":";
    static size_t hint;
    if (hint + 9 + 20 > size || memcmp(text + hint, key, 9)) {
        const char *at = memmem(text, size < 300 ? size : 300, key, 9);
        if (!at) return -1;
        hint = (size_t)(at - text);
    }
    int64_t offset = 0;
    for (const char *at = text + hint + 9; at < text + size && *at >= '0' && *at <= '9'; at++)
        offset = offset * 10 + *at - '0';
    return offset;
}

static int64_t mark_of(struct board *b, const char *text, size_t size) {
    static size_t hint;
    const char *at = text + hint;
    if (hint + MARK > size || at[0] != '~' || at[1] != 'c' || at[6] != 'n') {
        at = memmem(text, size, "~c", 2);
        if (!at || (size_t)(text + size - at) < MARK) return -1;
        hint = (size_t)(at - text);
    }
    int64_t channel = 0, number = 0;
    for (int i = 2; i < 6; i++) channel = channel * 10 + at[i] - '0';
    for (int i = 7; i < MARK; i++) number = number * 10 + at[i] - '0';
    return channel == b->channel ? number : -1;
}

static void count(struct board *b, int64_t number, int64_t mark, uint64_t now) {
    if (number < 0 || number >= events || mark < 0 || mark >= events) {
        strays++;
        return;
    }
    uint64_t bit = 1ull << (number & 63), *word = &b->seen[number >> 6];
    if (*word & bit) {
        doubled++;
        return;
    }
    *word |= bit;
    if (number < b->next) disordered++;
    else b->next = number + 1;
    deliveries++;
    int64_t slot = (int64_t)b->channel * events + number;
    uint64_t stamp = stamps[(int64_t)b->channel * events + mark];
    if (!first_at[slot]) first_at[slot] = now;
    last_at[slot] = last_delivery = now;
    marks[slot] = mark;
    if (!stamp || stamp > now) {
        unstamped++;
        return;
    }
    uint64_t took = (now - stamp) / 1000;
    histogram[bucket(took)]++;
    if (took > slowest) slowest = took;
}

static void current(struct board *b, uint64_t now) {
    if (b->state == DRAWING && b->position >= b->target) become_ready(b, now);
}

static void heard(struct board *b, const char *text, size_t size, uint64_t now) {
    size_t head = size < 300 ? size : 300;
    if (size > 9 && !memcmp(text, "{\"event\":", 9)) {
        int64_t offset = offset_of(text, size), number = offset - bases[b->channel] - 1;
        count(b, number, marked ? mark_of(b, text, size) : number, now);
        if (offset > b->position) b->position = offset;
        current(b, now);
    } else if (size > 13 && !memcmp(text, "{\"subscribed\"", 13)) {
        b->target = number_after(text, head, "\"offset\":");
        if (bases[b->channel] < 0) bases[b->channel] = b->target;
        b->state = DRAWING;
        if (b->resuming) current(b, now);
    } else if (size > 11 && !memcmp(text, "{\"snapshot\"", 11)) {
        const char *name = memmem(text, head, "\"epoch\":\"", 9);
        if (name) sscanf(name + 9, "%255[^\"]", epoch);
        if (number_after(text, head, "\"part\":") == number_after(text, head, "\"of\":")) {
            int64_t offset = number_after(text, head, "\"offset\":");
            if (b->state == READY && offset > b->position) by_snapshot += (uint64_t)(offset - b->position);
            b->position = offset;
            become_ready(b, now);
        }
    } else if (size > 8 && !memcmp(text, "{\"error\"", 8)) {
        fprintf(stderr, "%.*s\n", (int)size, text);
    }
}

static void socketio(struct board *b, const char *text, size_t size, uint64_t now) {
    if (text[0] == '0') say(b, 1, "40", 2);
    else if (text[0] == '2') say(b, 1, "3", 1);
    else if (size > 1 && text[0] == '4' && text[1] == '0') become_ready(b, now);
    else if (size > 1 && text[0] == '4' && text[1] == '2') {
        int64_t number = mark_of(b, text, size);
        count(b, number, number, now);
    }
}

static void frame(struct board *b, int opcode, const char *text, size_t size, uint64_t now) {
    if (opcode == 9) say(b, 10, text, size);
    else if (opcode == 8) {
        int code = size > 1 ? (uint8_t)text[0] << 8 | (uint8_t)text[1] : 1005;
        if (code < 5000) closes[code]++;
        shut(b, &dropped);
    } else if (opcode == 1 && mode == HEARD) heard(b, text, size, now);
    else if (opcode == 1 && mode == SOCKETIO) socketio(b, text, size, now);
    else if (opcode == 1) {
        int64_t number = mark_of(b, text, size);
        count(b, number, number, now);
    }
}

static size_t shaken(struct board *b, const char *data, size_t size, uint64_t now) {
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "%.*s\n", (int)(end - data), data);
        shut(b, &failed);
        return size;
    }
    b->state = ASKING;
    if (mode == PLAIN) become_ready(b, now);
    if (mode == HEARD) {
        char ask[480];
        int used = snprintf(ask, sizeof ask, "{\"subscribe\":\"location:%d\",\"audience\":\"%s\"", b->channel, audience);
        if (b->resuming)
            used += snprintf(ask + used, sizeof ask - (size_t)used, ",\"since\":%lld,\"epoch\":\"%s\"",
                             (long long)b->position, epoch);
        ask[used++] = '}';
        say(b, 1, ask, (size_t)used);
    }
    return (size_t)(end + 4 - data);
}

static void take(struct board *b, char *data, size_t size, uint64_t now) {
    while (b->state == SHAKING) {
        size_t used = shaken(b, data, size, now);
        if (!used) goto keep;
        data += used;
        size -= used;
    }
    while (size >= 2 && b->state != CLOSED) {
        size_t head = 2, length = data[1] & 127;
        if (length == 126) head = 4;
        if (length == 127) head = 10;
        if (size < head) break;
        if (length > 125) {
            length = 0;
            for (size_t i = 2; i < head; i++) length = length << 8 | (uint8_t)data[i];
        }
        if (size < head + length) break;
        frame(b, data[0] & 15, data + head, length, now);
        data += head + length;
        size -= head + length;
    }
keep:
    if (b->state == CLOSED) return;
    b->left = size;
    if (size) {
        b->rest = realloc(b->rest, size);
        memcpy(b->rest, data, size);
    } else if (b->rest) {
        free(b->rest);
        b->rest = NULL;
    }
}

static void shake(struct board *b) {
    char request[1024], where[256];
    snprintf(where, sizeof where, path, b->channel);
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                        where, port, mode == HEARD ? "Sec-WebSocket-Protocol: heard.v1\r\n" : "", header,
                        *header ? "\r\n" : "");
    b->state = SHAKING;
    put(b, request, (size_t)size);
}

static void open_board(struct board *b) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int yes = 1;
    b->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (b->fd < 0) quit("socket");
    setsockopt(b->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    b->state = CONNECTING;
    b->began = now_ns();
    opened++;
    if (connect(b->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
        shut(b, &failed);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = b};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, b->fd, &event) < 0) quit("epoll_ctl");
}

static void ready_to_write(struct board *b) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(b->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        shut(b, &failed);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = b};
    epoll_ctl(queue, EPOLL_CTL_MOD, b->fd, &event);
    shake(b);
}

static void readable(struct board *b) {
    size_t left = b->left;
    if (left > ROOM) quit("a frame is too large");
    if (left) memcpy(room, b->rest, left);
    ssize_t got = recv(b->fd, room + left, READ_AT_ONCE, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        shut(b, b->state == READY ? &dropped : &failed);
        return;
    }
    bytes += (uint64_t)got;
    take(b, room, left + (size_t)got, now_ns());
}

static int command(void) {
    char words[64];
    ssize_t got = read(0, words, sizeof words - 1);
    if (got <= 0) {
        epoll_ctl(queue, EPOLL_CTL_DEL, 0, NULL);
        stopping = 1;
        return 0;
    }
    if (memmem(words, (size_t)got, "stop", 4)) stopping = 1;
    return memmem(words, (size_t)got, "again", 5) != NULL;
}

/* 1: somebody asked for everybody to come again */
static int turn(int wait_ms) {
    struct epoll_event happened[512];
    int again = 0, n = epoll_wait(queue, happened, 512, wait_ms);
    for (int i = 0; i < n; i++) {
        struct board *b = happened[i].data.ptr;
        if (!b) again |= command();
        else if (b->state == CONNECTING && happened[i].events & (EPOLLOUT | EPOLLERR)) ready_to_write(b);
        else if (b->state != CLOSED) readable(b);
    }
    return again;
}

static void connect_all(const char *phase, int at_once) {
    uint64_t began = now_ns(), give_up = began + (uint64_t)(deadline * 1e9);
    int next = 0;
    failed = 0;
    memset(connect_histogram, 0, sizeof connect_histogram);
    while (ready + (int)failed < boards && now_ns() < give_up) {
        while (next < boards && opened < at_once) open_board(&all[next++]);
        turn(100);
    }
    double took = (double)(now_ns() - began) / 1e9;
    printf("{\"phase\":\"%s\",\"boards\":%d,\"failed\":%llu,\"seconds\":%.4f,\"per_second\":%.1f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
           phase, ready, (unsigned long long)(boards - ready), took, ready / took, quantile(connect_histogram, .5),
           quantile(connect_histogram, .99));
    fflush(stdout);
}

static void come_again(void) {
    uint64_t nobody = 0;
    for (int i = 0; i < boards; i++) {
        shut(&all[i], &nobody);
        all[i].resuming = 1;
    }
    connect_all("again", boards);
}

static void listen_until_done(void) {
    uint64_t give_up = now_ns() + (uint64_t)(deadline * 1e9), wanted = (uint64_t)boards * (uint64_t)events;
    while (!stopping && now_ns() < give_up) {
        if (turn(50)) come_again();
        if (deliveries < wanted) continue;
        if (!complete_at) complete_at = now_ns();
        if (now_ns() - complete_at > QUIET_MS * 1000000ull) break;
    }
}

static void tell_table(void) {
    FILE *out = fopen(table_file, "w");
    if (!out) quit(table_file);
    for (int64_t slot = 0; slot < (first_channel + channels) * events; slot++)
        if (first_at[slot])
            fprintf(out, "%lld %lld %lld %llu %llu %llu\n", (long long)(slot / events),
                    (long long)(slot % events + bases[slot / events] + 1), (long long)marks[slot],
                    (unsigned long long)stamps[slot / events * events + marks[slot]],
                    (unsigned long long)first_at[slot], (unsigned long long)last_at[slot]);
    fclose(out);
}

static void tell_result(void) {
    uint64_t to_last[BUCKETS] = {0}, began = UINT64_MAX;
    int64_t slots = (int64_t)(first_channel + channels) * events;
    for (int64_t slot = 0; slot < slots; slot++) {
        uint64_t stamp = stamps[slot];
        if (stamp && stamp < began) began = stamp;
        if (first_at[slot] && (stamp = stamps[slot / events * events + marks[slot]]) && stamp <= last_at[slot])
            to_last[bucket((last_at[slot] - stamp) / 1000)]++;
    }
    double span = last_delivery && began < last_delivery ? (double)(last_delivery - began) / 1e9 : 0;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"phase\":\"done\",\"generator\":\"c\",\"deliveries\":%llu,\"lost\":%lld,\"by_snapshot\":%llu,\"doubled\":%llu,"
           "\"disordered\":%llu,\"strays\":%llu,\"unstamped\":%llu,\"dropped\":%llu,\"bytes\":%llu,"
           "\"seconds\":%.6f,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"max_ms\":%.3f,\"last_p50_ms\":%.3f,\"last_p99_ms\":%.3f,\"cpu_seconds\":%.3f,\"closes\":{",
           (unsigned long long)deliveries, (long long)boards * events - (long long)deliveries,
           (unsigned long long)by_snapshot, (unsigned long long)doubled, (unsigned long long)disordered, (unsigned long long)strays,
           (unsigned long long)unstamped, (unsigned long long)dropped, (unsigned long long)bytes, span,
           span ? (double)deliveries / span : 0, quantile(histogram, .5), quantile(histogram, .9),
           quantile(histogram, .99), (double)slowest / 1000, quantile(to_last, .5), quantile(to_last, .99),
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    const char *comma = "";
    for (int code = 0; code < 5000; code++)
        if (closes[code]) {
            printf("%s\"%d\":%d", comma, code, closes[code]);
            comma = ",";
        }
    printf("}}\n");
}

static void options(int count, char **words) {
    static const struct option known[] = {
        {"port", 1, 0, 'p'},     {"boards", 1, 0, 'n'},   {"channels", 1, 0, 'c'}, {"first-channel", 1, 0, 'f'},
        {"events", 1, 0, 'e'},   {"mode", 1, 0, 'm'},     {"path", 1, 0, 'u'},     {"header", 1, 0, 'h'},
        {"stamps", 1, 0, 's'},   {"deadline", 1, 0, 'd'}, {"inflight", 1, 0, 'i'}, {"marked", 0, 0, 'k'},
        {"table", 1, 0, 't'},    {"audience", 1, 0, 'a'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'n': boards = atoi(optarg); break;
        case 'c': channels = atoi(optarg); break;
        case 'f': first_channel = atoi(optarg); break;
        case 'e': events = atoll(optarg); break;
        case 'm': mode = !strcmp(optarg, "heard") ? HEARD : !strcmp(optarg, "socketio") ? SOCKETIO : PLAIN; break;
        case 'u': path = optarg; break;
        case 'h': header = optarg; break;
        case 's': stamps_file = optarg; break;
        case 'd': deadline = atof(optarg); break;
        case 'i': inflight = atoi(optarg); break;
        case 'k': marked = 1; break;
        case 't': table_file = optarg; break;
        case 'a': audience = optarg; break;
        default: exit(2);
    }
}

static void prepare(void) {
    size_t slots = (size_t)(first_channel + channels) * (size_t)events;
    int file = open(stamps_file, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, (off_t)(slots * 8)) < 0) quit(stamps_file);
    stamps = mmap(NULL, slots * 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (stamps == MAP_FAILED) quit("mmap");
    first_at = calloc(slots, 8);
    last_at = calloc(slots, 8);
    marks = calloc(slots, 8);
    bases = calloc((size_t)(first_channel + channels), 8);
    all = calloc((size_t)boards, sizeof *all);
    size_t words = (size_t)events / 64 + 1;
    uint64_t *seen = calloc((size_t)boards * words, 8);
    if (!first_at || !last_at || !marks || !bases || !all || !seen) quit("calloc");
    for (int i = 0; i < first_channel + channels; i++) bases[i] = mode == HEARD ? -1 : 0;
    for (int i = 0; i < boards; i++) {
        all[i].channel = first_channel + i % channels;
        all[i].seen = seen + (size_t)i * words;
    }
    queue = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, 0, &event) < 0) quit("stdin must be a pipe");
}

int main(int count, char **words) {
    options(count, words);
    prepare();
    connect_all("ready", inflight);
    listen_until_done();
    if (table_file) tell_table();
    tell_result();
    return 0;
}
