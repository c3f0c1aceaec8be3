/* The anchor of the media bench: the least that a relay can do. epoll, recvfrom, sendto, nothing else.
 *
 * plain_relay HOST BASE CALLS PEER_HOST PEER_BASE: call k has the ports BASE+4k (towards A) and BASE+4k+2 (towards B); A is at
 * PEER_BASE+4k, B at PEER_BASE+4k+2. What comes from one goes to the other. Prints "ready", runs until a signal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

struct leg {
    int fd;
    int other_fd;
    struct sockaddr_in other_peer;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int bound(struct in_addr host, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = host, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        die("bind");
    int room = 262144;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    struct in_addr host, peer;
    inet_pton(AF_INET, argv[1], &host);
    inet_pton(AF_INET, argv[4], &peer);
    int base = atoi(argv[2]), calls = atoi(argv[3]), peer_base = atoi(argv[5]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct leg *legs = calloc((size_t)calls * 2, sizeof *legs);
    int epoll = epoll_create1(0);
    for (int i = 0; i < 2 * calls; i++)
        legs[i].fd = bound(host, base + 2 * i);
    for (int i = 0; i < 2 * calls; i++) {
        legs[i].other_fd = legs[i ^ 1].fd;
        legs[i].other_peer = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_addr = peer, .sin_port = htons((uint16_t)(peer_base + 2 * (i ^ 1)))};
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &legs[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, legs[i].fd, &event) < 0)
            die("epoll_ctl");
    }
    puts("ready");
    fflush(stdout);
    static char packet[2048];
    struct epoll_event events[1024];
    for (;;) {
        int count = epoll_wait(epoll, events, 1024, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < count; i++) {
            struct leg *leg = events[i].data.ptr;
            for (int drained = 0; drained < 32; drained++) {
                struct sockaddr_in source;
                socklen_t length = sizeof source;
                ssize_t size = recvfrom(leg->fd, packet, sizeof packet, 0, (struct sockaddr *)&source, &length);
                if (size < 0)
                    break;
                sendto(leg->other_fd, packet, (size_t)size, 0, (struct sockaddr *)&leg->other_peer,
                       sizeof leg->other_peer);
            }
        }
    }
}
