/* Many HTTP clients in one process: ready-made requests, sent as fast as they are answered or at a
   pace. bench/callers.py does the same where there is no compiler; both say the same JSON. */
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 1 << 17 };

struct hand {
    int fd, busy;
    int64_t request;
    uint64_t asked;
    size_t got;
    char answer[ANSWER];
};

static int port, clients = 1, base, statuses[600];
static double rate;
static const char *requests_file, *stamps_file, *answers_file;
static char *text, *end, *at;
static uint64_t *stamps;
static double *took;
static int64_t sent, answered, wanted;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void quit(const char *why) {
    perror(why);
    exit(1);
}

static char *mapped(const char *file, size_t *size, int write) {
    struct stat about;
    int opened = open(file, write ? O_RDWR : O_RDONLY);
    if (opened < 0 || fstat(opened, &about) < 0) quit(file);
    *size = (size_t)about.st_size;
    char *map = mmap(NULL, *size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, opened, 0);
    if (map == MAP_FAILED) quit(file);
    return map;
}

/* A request is its size on four bytes, then itself. */
static char *next_request(uint32_t *size) {
    if (at + 4 > end) return NULL;
    memcpy(size, at, 4);
    char *request = at + 4;
    at = request + *size;
    return request;
}

static void ask(struct hand *h) {
    uint32_t size;
    char *request = next_request(&size);
    if (!request) return;
    h->busy = 1;
    h->got = 0;
    h->request = sent++;
    h->asked = now_ns();
    if (stamps) stamps[base + h->request] = h->asked;
    while (size) {
        ssize_t gone = send(h->fd, request, size, MSG_NOSIGNAL);
        if (gone < 0 && errno != EAGAIN) quit("send");
        if (gone > 0) request += gone, size -= (uint32_t)gone;
    }
}

static int whole(struct hand *h) {
    char *body = memmem(h->answer, h->got, "\r\n\r\n", 4);
    if (!body) return 0;
    char *length = strcasestr(h->answer, "\ncontent-length:");
    size_t size = length && length < body ? (size_t)atol(length + 16) : 0;
    return h->got >= (size_t)(body + 4 - h->answer) + size;
}

static void hear(struct hand *h) {
    ssize_t got = recv(h->fd, h->answer + h->got, ANSWER - 1 - h->got, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) quit("the server hung up");
    h->got += (size_t)got;
    h->answer[h->got] = 0;
    if (!h->busy || !whole(h)) return;
    int status = atoi(h->answer + 9);
    if (status >= 400 && statuses[status] == 0) fprintf(stderr, "%s\n", h->answer);
    if (status > 0 && status < 600) statuses[status]++;
    took[h->request] = (double)(now_ns() - h->asked) / 1e6;
    answered++;
    h->busy = 0;
    if (!rate) ask(h);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct hand *reach(int queue) {
    struct hand *hands = calloc((size_t)clients, sizeof *hands);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0, yes = 1; i < clients; i++) {
        hands[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(hands[i].fd, (struct sockaddr *)&to, sizeof to) < 0) quit("connect");
        setsockopt(hands[i].fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        fcntl(hands[i].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &hands[i]};
        epoll_ctl(queue, EPOLL_CTL_ADD, hands[i].fd, &event);
    }
    return hands;
}

/* One after the other: a connection that nobody uses is closed by the server after a while. */
static struct hand *idle_hand(struct hand *hands) {
    static int last;
    for (int i = 1; i <= clients; i++) {
        struct hand *next = &hands[(last + i) % clients];
        if (next->busy) continue;
        last = (last + i) % clients;
        return next;
    }
    return NULL;
}

static void tell(double seconds, double late) {
    FILE *out = answers_file ? fopen(answers_file, "w") : NULL;
    for (int64_t i = 0; out && i < answered; i++) fprintf(out, "%.6f\n", took[i]);
    if (out) fclose(out);
    qsort(took, (size_t)answered, sizeof *took, by_size);
    int64_t last = answered - 1;
    printf("{\"phase\":\"done\",\"generator\":\"c\",\"answered\":%lld,\"seconds\":%.4f,\"per_second\":%.1f,\"late_ms\":%.3f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"statuses\":{",
           (long long)answered, seconds, (double)answered / seconds, late, took[last / 2],
           took[(int64_t)((double)last * .99)], took[last]);
    const char *comma = "";
    for (int status = 0; status < 600; status++)
        if (statuses[status]) {
            printf("%s\"%d\":%d", comma, status, statuses[status]);
            comma = ",";
        }
    printf("}}\n");
}

static void options(int count, char **words) {
    static const struct option known[] = {{"port", 1, 0, 'p'},  {"clients", 1, 0, 'n'}, {"requests", 1, 0, 'q'},
                                          {"rate", 1, 0, 'r'},  {"stamps", 1, 0, 's'},  {"base", 1, 0, 'b'},
                                          {"answers", 1, 0, 'a'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'n': clients = atoi(optarg); break;
        case 'q': requests_file = optarg; break;
        case 'r': rate = atof(optarg); break;
        case 's': stamps_file = optarg; break;
        case 'b': base = atoi(optarg); break;
        case 'a': answers_file = optarg; break;
        default: exit(2);
    }
}

int main(int count, char **words) {
    options(count, words);
    size_t size;
    text = at = mapped(requests_file, &size, 0);
    end = text + size;
    for (uint32_t each; next_request(&each);) wanted++;
    at = text;
    if (stamps_file) stamps = (uint64_t *)mapped(stamps_file, &size, 1);
    if (!(took = calloc((size_t)wanted, sizeof *took))) quit("calloc");
    int queue = epoll_create1(0);
    struct hand *hands = reach(queue);
    printf("{\"phase\":\"ready\",\"requests\":%lld}\n", (long long)wanted);
    fflush(stdout);
    if (getchar() == EOF) return 0;
    uint64_t began = now_ns();
    double late = 0;
    if (!rate)
        for (int i = 0; i < clients; i++) ask(&hands[i]);
    while (answered < wanted) {
        double due = rate ? (double)sent / rate * 1e9 + (double)began : 0, wait = due - (double)now_ns();
        if (rate && sent < wanted && wait <= 0) {
            struct hand *idle = idle_hand(hands);
            if (idle) {
                if (-wait / 1e6 > late) late = -wait / 1e6;
                ask(idle);
                continue;
            }
        }
        struct epoll_event happened[64];
        int busy = rate && sent < wanted && wait > 0;
        int n = epoll_wait(queue, happened, 64, busy ? (int)(wait / 1e6) : 20);
        for (int i = 0; i < n; i++) hear(happened[i].data.ptr);
    }
    tell((double)(now_ns() - began) / 1e9, late);
    return 0;
}
