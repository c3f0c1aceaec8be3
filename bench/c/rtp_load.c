/* Two-way G.711 calls through a relay: 172 octets every 20 ms from each party, phases spread over the 20 ms.
 *
 * rtp_load HOST BASE RELAY_HOST CALLS WARM_MS RUN_MS: party 2k of call k is at BASE+4k, party 2k+1 at BASE+4k+2. Reads the
 * relay's port for every party from stdin, in that order. Prints "warm" when the measured part begins, "over" when
 * it ends, and then one line: sent received p50_us p99_us max_us, of the measured part.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 172, SLOTS = 20, BUCKETS = 200000 };

struct party {
    int fd;
    uint16_t sequence;
    uint32_t ssrc;
};

static uint32_t delays[BUCKETS];

static int64_t now_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static int connected(struct in_addr host, int port, struct in_addr relay, int relay_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = host, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
        perror("bind");
        exit(1);
    }
    int room = 262144;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    at.sin_addr = relay;
    at.sin_port = htons((uint16_t)relay_port);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static void put32(uint8_t *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, 4);
}

/* The send time travels in the payload, 0 before the measured part. */
static int send_packet(struct party *party, int measured)
{
    uint8_t packet[SIZE];
    memset(packet, 0xff, SIZE);
    packet[0] = 0x80;
    packet[1] = 0;
    packet[2] = (uint8_t)(party->sequence >> 8);
    packet[3] = (uint8_t)party->sequence;
    put32(packet + 4, (uint32_t)party->sequence * 160);
    put32(packet + 8, party->ssrc);
    party->sequence++;
    int64_t stamp = measured ? now_us() : 0;
    memcpy(packet + 12, &stamp, sizeof stamp);
    return send(party->fd, packet, SIZE, 0) == SIZE;
}

static long receive_all(int epoll, int timeout_ms)
{
    struct epoll_event events[1024];
    uint8_t packet[2048];
    long received = 0;
    int count = epoll_wait(epoll, events, 1024, timeout_ms);
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        for (int drained = 0; drained < 8; drained++) {
            ssize_t size = recv(fd, packet, sizeof packet, 0);
            if (size != SIZE)
                break;
            int64_t stamp;
            memcpy(&stamp, packet + 12, sizeof stamp);
            if (!stamp)
                continue;
            int64_t delay = now_us() - stamp;
            delays[delay < 0 ? 0 : delay < BUCKETS ? delay : BUCKETS - 1]++;
            received++;
        }
    }
    return received;
}

static int quantile(long total, double share)
{
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += delays[i]) > 0 && (double)seen >= share * (double)total)
            return i;
    return BUCKETS;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    struct in_addr host, relay;
    inet_pton(AF_INET, argv[1], &host);
    inet_pton(AF_INET, argv[3], &relay);
    int base = atoi(argv[2]), parties = 2 * atoi(argv[4]);
    int64_t warm = atol(argv[5]) * 1000, run = atol(argv[6]) * 1000;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct party *all = calloc((size_t)parties, sizeof *all);
    int epoll = epoll_create1(0);
    for (int i = 0; i < parties; i++) {
        int relay_port;
        if (scanf("%d", &relay_port) != 1)
            return 2;
        all[i] = (struct party){.fd = connected(host, base + 2 * i, relay, relay_port), .ssrc = 0x10000u + (uint32_t)i};
        struct epoll_event event = {.events = EPOLLIN, .data.fd = all[i].fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    int64_t start = now_us();
    long slot = 0, sent = 0, received = 0;
    int measured = 0;
    for (;;) {
        int64_t now = now_us();
        if (!measured && now - start >= warm) {
            measured = 1;
            puts("warm");
            fflush(stdout);
        }
        if (now - start >= warm + run)
            break;
        /* Slot s (of 1 ms) serves the parties p with p % SLOTS == s % SLOTS. */
        while (start + slot * 1000 <= now) {
            for (int i = (int)(slot % SLOTS); i < parties; i += SLOTS)
                if (send_packet(&all[i], measured) && measured)
                    sent++;
            slot++;
            received += receive_all(epoll, 0);
        }
        received += receive_all(epoll, 1);
    }
    puts("over");
    fflush(stdout);
    for (int64_t end = now_us() + 300000; now_us() < end;)
        received += receive_all(epoll, 10);
    printf("%ld %ld %d %d %d\n", sent, received, quantile(received, 0.5), quantile(received, 0.99),
           quantile(received, 1.0));
    return 0;
}
